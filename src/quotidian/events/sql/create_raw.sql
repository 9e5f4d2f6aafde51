/* events/staging: what readers write; it keeps nothing, the view on it (normalise) turns each block into batch rows.
   target   the workspace that is loaded into */
CREATE TABLE quotidian.raw
(
    file LowCardinality(String),
    target LowCardinality(String),
    type LowCardinality(String),
    is_object UInt8,
    id Nullable(String),
    time Nullable(Int64),
    user_id Nullable(String),
    external_user_id Nullable(String),
    app_group_id Nullable(String),
    app_id Nullable(String),
    campaign_id Nullable(String),
    campaign_name Nullable(String),
    variation_id Nullable(String),
    variation_name Nullable(String),
    send_id Nullable(String),
    platform Nullable(String),
    button_string Nullable(String),
    button_id Nullable(String),
    action Nullable(String),
    message_body Nullable(String),
    conversion_index Nullable(Int64),
    price Nullable(Decimal(38, 12)),
    currency Nullable(String),
    event_name Nullable(String),
    product_id Nullable(String),
    canvas_id Nullable(String),
    canvas_name Nullable(String),
    canvas_variation_id Nullable(String),
    canvas_variation_name Nullable(String),
    step_id Nullable(String),
    step_name Nullable(String),
    record String
)
ENGINE = Null
