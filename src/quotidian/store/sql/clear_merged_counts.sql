/* store: as clear_merged, of the numbers that are kept for segments. */
ALTER TABLE quotidian.counted_days DROP PARTITION 2147483647
