/* store: what create_fulfilled leaves out, as tune_events says. */
ALTER TABLE quotidian.fulfilled
    MODIFY COLUMN user FixedString(16) CODEC(ZSTD(1)),
    MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, old_parts_lifetime = 0
