/* store: of events on a server: which event store it is, and how many batches it holds. The last row holds. */
CREATE TABLE IF NOT EXISTS quotidian.identity
(
    place UInt64,
    fingerprint String,
    batch UInt64
)
ENGINE = MergeTree
ORDER BY place
