/* ingest/staging: the events of a batch that are not stored yet, one row an id, with their day. */
CREATE TABLE new_events
ENGINE = Memory
EMPTY AS SELECT toLowCardinality('') AS doubt, * FROM quotidian.events
