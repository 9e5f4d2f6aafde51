/* ingest/read: copy what a reader process has read into the batch. Both tables have the same columns (create_batch). */
INSERT INTO quotidian.batch SELECT * FROM file(%(file)s, 'Native', 'auto', 'none')
