/* store: the first day on which each user had a session, of each app (as in active_days): how old users are is counted from
   it. Without it the blocks of all years would be asked for users who come back. It is made from the events alone.
   Merges keep the earliest of a user's days, the row of the greatest earliness; until then there may be later ones. */
CREATE TABLE IF NOT EXISTS quotidian.first_days
(
    workspace LowCardinality(String),
    user FixedString(16),
    app UInt64,
    first Int32,
    earliness Int32 MATERIALIZED -first
)
ENGINE = ReplacingMergeTree(earliness)
ORDER BY (workspace, user, app)
