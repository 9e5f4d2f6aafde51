/* events/reading: how many records the batch has. */
SELECT count() FROM quotidian.batch
