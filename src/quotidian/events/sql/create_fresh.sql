/* events/ingest: the events of a batch that the store does not have, one row an id, with their day. */
CREATE TABLE quotidian.fresh
(
    doubt LowCardinality(String),
    workspace LowCardinality(String),
    type LowCardinality(String),
    day Int32,
    campaign_id LowCardinality(String),
    user FixedString(16),
    time Int64,
    id String,
    id_hash UInt64,
    channel LowCardinality(String),
    variation_id LowCardinality(String),
    send_id LowCardinality(String),
    app_id LowCardinality(String),
    campaign_name LowCardinality(String),
    variation_name LowCardinality(String),
    button LowCardinality(String),
    details Array(LowCardinality(String)),
    conversion_index UInt8,
    price Decimal(38, 12),
    currency LowCardinality(String)
)
ENGINE = Memory
