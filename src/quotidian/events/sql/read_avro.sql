/* events/ingest: Avro files of any event types into raw; each column where the file has it, null where not.
   A file is linked as <number>.<event type>.avro, so its name says the type.
   A 32-bit price is written as the shortest decimal that reads back as the same float (semantics.md §8). */
INSERT INTO quotidian.raw
SELECT
    _file,
    extract(_file, '^[0-9]+\\.(.*)\\.avro$'),
    1,
    id,
    if(time >= 0 AND time < 4294967296, time * 1000000, NULL),
    user_id, external_user_id, app_group_id, app_id, campaign_id, campaign_name,
    message_variation_id, message_variation_name, send_id, platform, button_string, button_id, action, message_body,
    conversion_behavior_index,
    if(abs(price) < 1e12, toDecimal128OrNull(toString(price), 12), NULL),
    currency,
    ''
FROM file(%(files)s, 'Avro', '
    id Nullable(String), time Nullable(Int64), user_id Nullable(String), external_user_id Nullable(String),
    app_group_id Nullable(String), app_id Nullable(String), campaign_id Nullable(String), campaign_name Nullable(String),
    message_variation_id Nullable(String), message_variation_name Nullable(String), send_id Nullable(String),
    platform Nullable(String), button_string Nullable(String), button_id Nullable(String), action Nullable(String),
    message_body Nullable(String), conversion_behavior_index Nullable(Int64), price Nullable(Float32),
    currency Nullable(String)')
SETTINGS input_format_avro_allow_missing_fields = 1
