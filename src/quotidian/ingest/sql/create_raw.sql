/* ingest/staging: what readers write; it keeps nothing, the view on it (normalise) turns each block into batch rows.
   target   the workspace that is loaded into
   trouble  why it is no record, '' if it is one
   late_time  its time as it was given, if it is beyond all usable ones and normalise can say in what way; else ''
   What few records differ in is LowCardinality here already: the view then works on each value once, not on each row. */
CREATE TABLE raw
(
    file LowCardinality(String),
    target LowCardinality(String),
    type LowCardinality(String),
    trouble LowCardinality(String),
    late_time LowCardinality(String),
    id Nullable(String),
    time Nullable(Int64),
    user_id Nullable(String),
    external_user_id Nullable(String),
    app_group_id LowCardinality(Nullable(String)),
    app_id LowCardinality(Nullable(String)),
    campaign_id LowCardinality(Nullable(String)),
    campaign_name LowCardinality(Nullable(String)),
    variation_id LowCardinality(Nullable(String)),
    variation_name LowCardinality(Nullable(String)),
    send_id LowCardinality(Nullable(String)),
    platform LowCardinality(Nullable(String)),
    button_string LowCardinality(Nullable(String)),
    button_id LowCardinality(Nullable(String)),
    action LowCardinality(Nullable(String)),
    message_body Nullable(String),
    conversion_index Nullable(Int64),
    price Nullable(Decimal(38, 12)),
    currency LowCardinality(Nullable(String)),
    event_name LowCardinality(Nullable(String)),
    product_id LowCardinality(Nullable(String)),
    canvas_id LowCardinality(Nullable(String)),
    canvas_name LowCardinality(Nullable(String)),
    canvas_variation_id LowCardinality(Nullable(String)),
    canvas_variation_name LowCardinality(Nullable(String)),
    step_id LowCardinality(Nullable(String)),
    step_name LowCardinality(Nullable(String)),
    record String
)
ENGINE = Null
