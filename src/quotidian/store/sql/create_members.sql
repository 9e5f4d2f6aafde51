/* store: who belongs to a segment on which days, while its rollup is at work; empty otherwise. */
CREATE TABLE IF NOT EXISTS quotidian.members
(
    day Int32,
    user FixedString(16)
)
ENGINE = MergeTree
ORDER BY (day, user)
