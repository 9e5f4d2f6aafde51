/* ingest: JSON files into raw. A line or a body may hold one event, a list of them, or {"events": [...]}.
   Only what is a string counts as an id or a name, so values keep their JSON type (Dynamic) until they are looked at
   (ingest/columns.py).
   A time is a number of seconds or ISO 8601, which is UTC where it has no offset (semantics.md §8).
   An integer that follows one beyond 63 bits is UInt64 too, however small it is.
   What is larger than a record may be is cut before anything looks into it. A reader that gathers few bytes at a time, and
   in one thread, takes a fifth of the memory where lines are long, and no more time where they are short. A list becomes
   blocks of few rows likewise (ARRAY JOIN, not the function, which makes one of it).
   A single file may be given a name, by which its rows are known.
   Lists are left out where objects should be: they would be read by position, their first text as the user's id. */
INSERT INTO raw
WITH
    %(time_pattern)s AS iso_8601,
    if(
        JSONType(record, 'user') = 'Array' OR JSONType(record, 'properties') = 'Array',
        concat('{', arrayStringConcat(arrayMap(
            member -> concat(toJSONString(tupleElement(member, 1)), ':', tupleElement(member, 2)),
            arrayFilter(member -> NOT startsWith(tupleElement(member, 2), '['), JSONExtractKeysAndValuesRaw(record))), ','), '}'),
        record) AS readable,
    JSONExtract(readable, %(structure)s) AS event,
    tupleElement(event, 'time') AS at,
    ifNull(dynamicElement(at, 'String'), '') AS at_text,
    toUnixTimestamp64Micro(parseDateTime64BestEffortOrNull(at_text, 6, 'UTC')) AS iso_micros,
    coalesce(toFloat64(dynamicElement(at, 'Int64')), toFloat64(dynamicElement(at, 'UInt64')), dynamicElement(at, 'Float64'), 0) AS at_number,
    coalesce(toString(dynamicElement(at, 'Int64')), toString(dynamicElement(at, 'UInt64')), toString(toInt64(at_number))) AS at_shown,
    tupleElement(event, 'properties') AS p,
    tupleElement(p, 'conversion_behavior_index') AS behavior,
    tupleElement(p, 'price') AS amount,
    coalesce(toString(dynamicElement(amount, 'Int64')), toString(dynamicElement(amount, 'UInt64')), toString(dynamicElement(amount, 'Float64')), '') AS amount_text
SELECT
    file,
    %(target)s,
    ifNull(dynamicElement(tupleElement(event, 'event_type'), 'String'), ''),
    multiIf(length(record) > %(most)s OR is_cut, 'larger than a record may be', JSONType(record) != 'Object', 'not a JSON object', ''),
    multiIf(
        at_number >= 4294967296 AND at_number < 4294967296e9, at_shown,
        match(at_text, iso_8601) AND toUInt16OrZero(substring(at_text, 1, 4)) >= 2106, substring(at_text, 1, 40),
        ''),
    dynamicElement(tupleElement(event, 'id'), 'String'),
    multiIf(
        dynamicElement(at, 'Int64') BETWEEN 0 AND 4294967295, dynamicElement(at, 'Int64') * 1000000,
        dynamicElement(at, 'UInt64') <= 4294967295, toInt64(dynamicElement(at, 'UInt64') * 1000000),
        dynamicElement(at, 'Float64') >= 0 AND dynamicElement(at, 'Float64') < 4294967296, toInt64(round(dynamicElement(at, 'Float64') * 1000000)),
        match(at_text, iso_8601) AND iso_micros BETWEEN 0 AND 4294967295999999, iso_micros,
        NULL),
    dynamicElement(tupleElement(tupleElement(event, 'user'), 'user_id'), 'String'),
    dynamicElement(tupleElement(tupleElement(event, 'user'), 'external_user_id'), 'String'),
    dynamicElement(tupleElement(p, 'app_group_id'), 'String'),
    dynamicElement(tupleElement(p, 'app_id'), 'String'),
    dynamicElement(tupleElement(p, 'campaign_id'), 'String'),
    dynamicElement(tupleElement(p, 'campaign_name'), 'String'),
    dynamicElement(tupleElement(p, 'message_variation_id'), 'String'),
    dynamicElement(tupleElement(p, 'message_variation_name'), 'String'),
    dynamicElement(tupleElement(p, 'send_id'), 'String'),
    dynamicElement(tupleElement(p, 'platform'), 'String'),
    dynamicElement(tupleElement(p, 'button_string'), 'String'),
    dynamicElement(tupleElement(p, 'button_id'), 'String'),
    dynamicElement(tupleElement(p, 'action'), 'String'),
    dynamicElement(tupleElement(p, 'message_body'), 'String'),
    multiIf(
        dynamicType(behavior) = 'None', NULL,
        dynamicElement(behavior, 'Int64') BETWEEN 0 AND 3, dynamicElement(behavior, 'Int64'),
        dynamicElement(behavior, 'UInt64') <= 3, toInt64(dynamicElement(behavior, 'UInt64')),
        dynamicElement(behavior, 'Float64') IN (0, 1, 2, 3), toInt64(dynamicElement(behavior, 'Float64')),
        -1),
    if(abs(toFloat64OrZero(amount_text)) < 1e12, toDecimal128OrNull(amount_text, 12), NULL),
    dynamicElement(tupleElement(p, 'currency'), 'String'),
    dynamicElement(tupleElement(p, 'name'), 'String'),
    dynamicElement(tupleElement(p, 'product_id'), 'String'),
    dynamicElement(tupleElement(p, 'canvas_id'), 'String'),
    dynamicElement(tupleElement(p, 'canvas_name'), 'String'),
    dynamicElement(tupleElement(p, 'canvas_variation_id'), 'String'),
    dynamicElement(tupleElement(p, 'canvas_variation_name'), 'String'),
    dynamicElement(tupleElement(p, 'canvas_step_id'), 'String'),
    dynamicElement(tupleElement(p, 'canvas_step_name'), 'String'),
    substring(record, 1, 40000)
FROM
(
    SELECT if(%(name)s = '', _file, %(name)s) AS file, length(line) > %(most_text)s AS is_cut, if(is_cut, substring(line, 1, 40000), line) AS text
    FROM file(%(files)s, %(format)s, 'line String', %(compression)s)
    WHERE match(text, '\\S')
)
ARRAY JOIN multiIf(
    JSONType(text) = 'Array', JSONExtractArrayRaw(text),
    JSONType(text) = 'Object' AND NOT JSONHas(text, 'event_type') AND JSONType(text, 'events') = 'Array',
        JSONExtractArrayRaw(text, 'events'),
    [text]) AS record
SETTINGS input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0, parallel_view_processing = 1,
    max_insert_threads = 4, max_block_size = 16384, input_format_max_block_size_bytes = 8388608,
    input_format_parallel_parsing = 0
