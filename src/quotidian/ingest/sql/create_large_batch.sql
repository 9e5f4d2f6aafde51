/* ingest/staging: create_batch for one huge file, whose events may not fit into memory. Sorted by hash, so that each
   chunk of ids is one range. */
CREATE TABLE batch
ENGINE = MergeTree ORDER BY id_hash
EMPTY AS SELECT
    toLowCardinality('') AS file,
    toLowCardinality('') AS reason,
    toLowCardinality('') AS doubt,
    '' AS record,
    '' AS id,
    * EXCEPT day
FROM quotidian.events
