/* ingest/staging: how many records came into raw, in a reader process. */
CREATE TABLE counted (records UInt64) ENGINE = Memory
