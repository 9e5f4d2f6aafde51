/* ingest/reader_process: how many records were read. */
SELECT sum(records) FROM counted
