/* store: how many events of a filter each user had on each day, for the filters that need more than one. Events are only
   added, so the largest number that was put is the number.
   All is one partition, for a user's days are read together; it has a name, so that merged parts can be cleared. */
CREATE TABLE IF NOT EXISTS quotidian.counted_days
(
    workspace LowCardinality(String),
    filter UInt64,
    user FixedString(16),
    day Int32,
    times AggregateFunction(max, UInt32)
)
ENGINE = AggregatingMergeTree
PARTITION BY bitShiftRight(filter, 63)
ORDER BY (workspace, filter, user, day)
