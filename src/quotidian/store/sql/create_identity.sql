/* store: of a shard of a cluster: which event store it is of, how many batches it holds, when the last was stored
   (microseconds), how many events the shard has then, and which shard it is, of how many. The last row holds; merges leave it alone. */
CREATE TABLE IF NOT EXISTS quotidian.identity
(
    place UInt64,
    fingerprint String,
    batch UInt64,
    stored_at Int64,
    events UInt64,
    shard UInt32,
    shards UInt32
)
ENGINE = ReplacingMergeTree(place)
ORDER BY shard
