/* store: as clear_merged, of what is kept for segments. Filters have 63 bits, so that all are in partition 0. */
ALTER TABLE quotidian.counted_days DROP PARTITION 1
