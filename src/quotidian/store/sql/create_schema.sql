/* store: the version of the tables. */
CREATE TABLE IF NOT EXISTS quotidian.schema
(
    version UInt32
)
ENGINE = MergeTree
ORDER BY version
