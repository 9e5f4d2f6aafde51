/* ingest/staging: the records of one batch, new or not.
   file     the name of its file, as ClickHouse has it (ingest/opened.py)
   reason   why the record cannot be used, '' where it can
   doubt    why a usable event is left out of some number, '' where it is not
   record   what is stored of a record that cannot be used
   id       its id, likewise */
CREATE TABLE batch
ENGINE = Memory
EMPTY AS SELECT
    toLowCardinality('') AS file,
    toLowCardinality('') AS reason,
    toLowCardinality('') AS doubt,
    '' AS record,
    '' AS id,
    * EXCEPT day
FROM quotidian.events
