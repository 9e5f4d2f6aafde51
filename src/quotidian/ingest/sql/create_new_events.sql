/* ingest/staging: the events of a batch that are not stored yet, one row an id, with their day.
   arrived  when they came, in microseconds */
CREATE TABLE new_events
ENGINE = Memory
EMPTY AS SELECT toLowCardinality('') AS doubt, toInt64(0) AS arrived, * FROM quotidian.events
