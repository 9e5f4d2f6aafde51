/* ingest/staging: create_batch for one huge file, whose events may not fit into memory. Sorted by hash, so that each
   bucket of ids that is looked at is one range. */
CREATE TABLE quotidian.batch
ENGINE = MergeTree ORDER BY id_hash
EMPTY AS SELECT
    toLowCardinality('') AS file,
    toLowCardinality('') AS reason,
    toLowCardinality('') AS doubt,
    '' AS record,
    '' AS id,
    * EXCEPT day
FROM quotidian.events
