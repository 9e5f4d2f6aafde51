/* events/staging: the events of one step of a load, before it is known which of them are new.
   reason   why the record cannot be used, '' where it can
   doubt    why a usable event is left out of some number, '' where it is not */
CREATE TABLE quotidian.batch
(
    file String,
    reason LowCardinality(String),
    doubt LowCardinality(String),
    record String,
    workspace LowCardinality(String),
    type LowCardinality(String),
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
