/* store: as clear_merged, of what is kept for segments. */
ALTER TABLE quotidian.fulfilled DROP PARTITION 2147483647
