/* ingest/staging: the events of a batch that are not stored yet, one row an id, with their day.
   arrived  when they came, in microseconds */
CREATE TABLE new_events
(
    doubt LowCardinality(String),
    arrived Int64,
    workspace LowCardinality(String),
    type LowCardinality(String),
    day Int32,
    campaign_id LowCardinality(String),
    user FixedString(16),
    time Int64,
    id_hash UInt64,
    id_rest String,
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
    currency LowCardinality(String),
    name LowCardinality(String),
    canvas_id LowCardinality(String),
    canvas_name LowCardinality(String),
    canvas_variation_id LowCardinality(String),
    canvas_variation_name LowCardinality(String),
    step_id LowCardinality(String),
    step_name LowCardinality(String)
)
ENGINE = Memory
