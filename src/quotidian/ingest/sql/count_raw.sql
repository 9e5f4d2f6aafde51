/* ingest/staging: ClickHouse reports no error when the disk has no room for the file of create_written_batch.
   So the number of records in the file is compared with the number that came into raw. */
CREATE MATERIALIZED VIEW count_raw TO counted AS SELECT count() AS records FROM raw
