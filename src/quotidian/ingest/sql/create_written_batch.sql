/* ingest/staging: create_batch in a reader process, where it is the file that the process hands over. */
CREATE TABLE batch
ENGINE = File(Native)
EMPTY AS SELECT
    toLowCardinality('') AS file,
    toLowCardinality('') AS reason,
    toLowCardinality('') AS doubt,
    '' AS record,
    '' AS id,
    * EXCEPT day
FROM quotidian.events
