/* events/reading: what a reader process has read, into the batch. Its table is made by the same statement. */
INSERT INTO quotidian.batch SELECT * FROM file(%(file)s, 'Native', 'auto', 'none')
