/* ingest/read: how many records the batch has. */
SELECT count() FROM batch
