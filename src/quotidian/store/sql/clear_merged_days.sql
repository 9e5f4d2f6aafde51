/* store: as clear_merged, of the users' active days. */
ALTER TABLE quotidian.active_days DROP PARTITION 2147483647
