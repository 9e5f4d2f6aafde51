/* store: on which days each user fulfils a filter of a segment. Events are only added, so a day is never lost again:
   what is put twice is put.
   filter   a hash of what the filter says (domain/segments.py)
   block    64 days: day / 64, rounded down; -1000000 for a filter that looks back for ever
   days     bit n is set if the user fulfils the filter on day n of the block; 0 in block -1
   since    in block -1 the first day on which the user fulfils it; after the last day of all in the others
   A block is a partition, so that a question about some days opens no others. */
CREATE TABLE IF NOT EXISTS quotidian.fulfilled
(
    workspace LowCardinality(String),
    filter UInt64,
    user FixedString(16),
    block Int32,
    days AggregateFunction(groupBitOr, UInt64),
    since AggregateFunction(min, Int32)
)
ENGINE = AggregatingMergeTree
PARTITION BY block
ORDER BY (workspace, filter, user, block)
