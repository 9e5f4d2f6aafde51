/* store: the days on which each user had a session, of each app: what active users are counted from. It is made from the
   events alone; a bit that is put twice is put.
   app      a hash of the app's id, 0 for sessions without one: numbers are grouped several times as fast as text
   block    64 days: day / 64, rounded down, as shifting does and intDiv does not: the first usable second may be of day -1
   days     bit n is set if the user was active on day n of the block
   A block is a partition, so that a question about some days opens no others, and a block can be made anew by itself. */
CREATE TABLE IF NOT EXISTS quotidian.active_days
(
    workspace LowCardinality(String),
    user FixedString(16),
    app UInt64,
    block Int32,
    days AggregateFunction(groupBitOr, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY block
ORDER BY (workspace, user, app, block)
