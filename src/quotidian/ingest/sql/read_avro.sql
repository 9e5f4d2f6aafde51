/* ingest: Avro files of any event types into raw; each column where the file has it, null where not (ingest/columns.py).
   Files are read through the descriptors that they are open at (ingest/opened.py), whose numbers are their names.
   A 32-bit price becomes the shortest decimal that reads back as the same 32-bit float (semantics.md §8); it is read as
   64 bits, which hold it exactly, for the sake of writers that have those.
   Of fields that none of the files has (fields: those that one has) no column is read: the condition is a constant to ClickHouse.
   Columns of nulls would be a tenth of the work.
   Blocks go through the view side by side: one after the other, it would keep all cores but one waiting. Few records have
   a price, so only theirs are turned into text (force_enable). */
INSERT INTO raw
WITH
    %(fields)s AS fields,
    ifNull(time, 0) AS said
SELECT
    _file,
    %(target)s,
    transform(_file, %(names)s, %(types)s, ''),
    '',
    if(said >= 4294967296 AND said < 4294967296e9, toString(toInt64(said)), ''),
    id,
    if(time >= 0 AND time < 4294967296, toInt64(round(time * 1000000)), NULL),
    if(has(fields, 'user_id'), user_id, NULL),
    if(has(fields, 'external_user_id'), external_user_id, NULL),
    if(has(fields, 'app_group_id'), app_group_id, NULL),
    if(has(fields, 'app_id'), app_id, NULL),
    if(has(fields, 'campaign_id'), campaign_id, NULL),
    if(has(fields, 'campaign_name'), campaign_name, NULL),
    if(has(fields, 'message_variation_id'), message_variation_id, NULL),
    if(has(fields, 'message_variation_name'), message_variation_name, NULL),
    if(has(fields, 'send_id'), send_id, NULL),
    if(has(fields, 'platform'), platform, NULL),
    if(has(fields, 'button_string'), button_string, NULL),
    if(has(fields, 'button_id'), button_id, NULL),
    if(has(fields, 'action'), action, NULL),
    if(has(fields, 'message_body'), message_body, NULL),
    if(has(fields, 'conversion_behavior_index'), conversion_behavior_index, NULL),
    if(has(fields, 'price'), if(abs(price) < 1e12,
        toDecimal128OrNull(if(toFloat32(price) = price, toString(toFloat32(price)), toString(price)), 12), NULL), NULL),
    if(has(fields, 'currency'), currency, NULL),
    if(has(fields, 'name'), name, NULL),
    if(has(fields, 'product_id'), product_id, NULL),
    if(has(fields, 'canvas_id'), canvas_id, NULL),
    if(has(fields, 'canvas_name'), canvas_name, NULL),
    if(has(fields, 'canvas_variation_id'), canvas_variation_id, NULL),
    if(has(fields, 'canvas_variation_name'), canvas_variation_name, NULL),
    if(has(fields, 'canvas_step_id'), canvas_step_id, NULL),
    if(has(fields, 'canvas_step_name'), canvas_step_name, NULL),
    ''
FROM file(%(files)s, 'Avro', %(structure)s, 'none')
SETTINGS input_format_avro_allow_missing_fields = 1, parallel_view_processing = 1, max_insert_threads = 4,
    short_circuit_function_evaluation = 'force_enable'
