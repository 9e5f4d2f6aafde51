/* store: how many events of a filter each user had on each day, for the filters that need more than one. Events are only
   added, so the largest number that was put is the number.
   64 days are a partition, so that a question about a window opens no others. */
CREATE TABLE IF NOT EXISTS quotidian.counted_days
(
    workspace LowCardinality(String),
    filter UInt64,
    user FixedString(16),
    day Int32,
    times AggregateFunction(max, UInt32)
)
ENGINE = AggregatingMergeTree
PARTITION BY intDiv(day, 64)
ORDER BY (workspace, filter, user, day)
