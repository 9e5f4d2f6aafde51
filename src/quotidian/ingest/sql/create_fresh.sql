/* ingest: the events of a batch that the store does not have, one row an id, with their day. */
CREATE TABLE quotidian.fresh
ENGINE = Memory
EMPTY AS SELECT toLowCardinality('') AS doubt, * FROM quotidian.events
