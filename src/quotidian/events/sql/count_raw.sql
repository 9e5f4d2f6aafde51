/* events/staging: ClickHouse says nothing when a file of its own (create_written_batch) has not found room on the disk.
   So what is in the file is compared with what came into raw. */
CREATE MATERIALIZED VIEW quotidian.count_raw TO quotidian.counted AS SELECT count() AS records FROM quotidian.raw
