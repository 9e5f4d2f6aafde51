/* store: as clear_merged, of the users' first days, which have one partition only. */
ALTER TABLE quotidian.first_days DROP PARTITION ID 'none'
