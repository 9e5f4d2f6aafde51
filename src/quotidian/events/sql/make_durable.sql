/* events/store: what an insert or a merge has written survives a loss of power: the inbox forgets events after that.
   Only for the embedded store: old servers do not know these settings, and a cluster has replicas. */
ALTER TABLE quotidian.events MODIFY SETTING
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
