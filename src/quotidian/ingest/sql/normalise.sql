/* ingest/staging: from the fields of a record to an event; semantics.md §1, §4 and §8 say how.
   A user_id and an external_user_id are never the same user, so each is hashed with a mark of its kind.
   A time that is beyond all usable ones is a number of seconds, unless it is far too large for that, or ISO 8601.
   Ids and names that series are kept by are short enough for an index over several of them, in any database.
   A message body is read here and not stored: its only use is the count of help messages. */
CREATE MATERIALIZED VIEW normalise TO batch AS
WITH
    type IN (%(known_types)s) AS is_known,
    type IN (%(userless_types)s) AS is_userless,
    ifNull(raw.id, '') AS event_id,
    UUIDStringToNum(event_id) AS uuid,
    UUIDNumToString(uuid) = event_id AND reinterpretAsUInt8(substring(uuid, 9)) >= 128 AS is_uuid,
    toFloat64OrZero(late_time) AS late_number,
    ifNull(user_id, '') AS internal,
    ifNull(external_user_id, '') AS external,
    extract(type, '^users\\.messages\\.([a-z]+)\\.') AS family,
    extract(type, '[A-Za-z]+$') AS event,
    family = 'pushnotification' AS is_push,
    toValidUTF8(ifNull(button_string, '')) AS push_button
SELECT
    file,
    multiIf(
        trouble != '', trouble,
        type = '', 'no event type',
        is_known = 0, '',
        event_id = '', 'no id',
        raw.time IS NULL, multiIf(
            late_time = '', 'no usable time',
            late_number = 0, concat('time ', late_time, ' is in the future (year ', substring(late_time, 1, 4), ')'),
            late_number < 100000000000, concat('time ', late_time, ' is in the future (year ', toString(1970 + intDiv(toInt64OrZero(late_time), 31556952)), ')'),
            concat('time ', late_time, ' looks like ',
                multiIf(late_number < 4294967296e3, 'milli', late_number < 4294967296e6, 'micro', 'nano'),
                'seconds; seconds are expected')),
        internal = '' AND external = '' AND is_userless = 0, 'no user',
        length(campaign_id) > 1200 OR length(canvas_id) > 1200 OR length(send_id) > 1200 OR length(app_id) > 1200 OR length(name) > 1200,
            'id or name of more than 1200 bytes',
        '') AS reason,
    multiIf(
        trouble != '' OR type = '', '',
        is_known = 0, 'unknown type',
        is_push AND channel = '', 'push platform not known',
        type IN (%(conversions)s) AND conversion_index = 255, 'conversion index not 0 to 3',
        type = %(custom_event)s AND name = '', 'custom event without a name',
        type = %(purchase)s AND raw.price IS NULL, 'price not usable',
        type = %(purchase)s AND currency = '', 'purchase without a currency',
        type = %(purchase)s AND (workspace, currency) NOT IN (%(rates)s),
            concat('currency without a rate: ', if(match(currency, '^[A-Za-z]{3}$'), currency, 'not a code of three letters')),
        ifNull(raw.time, 0) > toInt64(toUnixTimestamp(now()) + 86400) * 1000000, 'time in the future',
        '') AS doubt,
    if(reason = '', '',
        if(record = '', toJSONString(map('id', raw.id, 'time', toString(raw.time), 'user_id', user_id, 'external_user_id', external_user_id)), toValidUTF8(record))
    ) AS record,
    transform(ifNull(app_group_id, ''), %(app_groups)s, %(workspaces)s, target) AS workspace,
    substringUTF8(toValidUTF8(type), 1, 200) AS type,
    toValidUTF8(ifNull(raw.campaign_id, '')) AS campaign_id,
    sipHash128(if(internal != '', concat('i', internal), if(external != '', concat('e', external), ''))) AS user,
    ifNull(raw.time, 0) AS time,
    if(reason = '', '', toValidUTF8(event_id)) AS id,
    if(is_uuid, reinterpretAsUInt64(substring(uuid, 1, 8)) * 11400714819323198485, cityHash64(event_id)) AS id_hash,
    if(is_uuid, substring(uuid, 9), concat('=', event_id)) AS id_rest,
    if(is_push,
        transform(ifNull(platform, ''), %(platforms)s, %(platform_channels)s, ''),
        if(type = %(enrolment)s, %(control)s, transform(family, %(families)s, %(family_channels)s, ''))
    ) AS channel,
    toValidUTF8(ifNull(raw.variation_id, '')) AS variation_id,
    toValidUTF8(ifNull(raw.send_id, '')) AS send_id,
    toValidUTF8(ifNull(raw.app_id, '')) AS app_id,
    toValidUTF8(ifNull(raw.campaign_name, '')) AS campaign_name,
    toValidUTF8(ifNull(raw.variation_name, '')) AS variation_name,
    if(is_push AND event = 'Open', push_button, '') AS button,
    multiIf(
        is_push AND event = 'Open' AND push_button = '', ['without_button'],
        family = 'inappmessage' AND event = 'Click' AND button_id = '0', ['first_button'],
        family = 'inappmessage' AND event = 'Click' AND button_id = '1', ['second_button'],
        family = 'sms' AND event = 'InboundReceive', arrayConcat(
            if(action = 'Unsubscribed', ['opt_out'], []),
            if(match(ifNull(message_body, ''), %(help_pattern)s), ['help'], [])),
        []) AS details,
    if(type IN (%(conversions)s), if(ifNull(raw.conversion_index, 0) BETWEEN 0 AND 3, toUInt8(ifNull(raw.conversion_index, 0)), 255), 255) AS conversion_index,
    ifNull(raw.price, 0) AS price,
    /* A price that cannot be used has no currency: it is no revenue, and is told from a price of 0 so. */
    if(type = %(purchase)s AND raw.price IS NULL, '', toValidUTF8(ifNull(raw.currency, ''))) AS currency,
    toValidUTF8(multiIf(type = %(custom_event)s, ifNull(event_name, ''), type = %(purchase)s, ifNull(product_id, ''), '')) AS name,
    toValidUTF8(ifNull(raw.canvas_id, '')) AS canvas_id,
    toValidUTF8(ifNull(raw.canvas_name, '')) AS canvas_name,
    toValidUTF8(ifNull(raw.canvas_variation_id, '')) AS canvas_variation_id,
    toValidUTF8(ifNull(raw.canvas_variation_name, '')) AS canvas_variation_name,
    toValidUTF8(ifNull(raw.step_id, '')) AS step_id,
    toValidUTF8(ifNull(raw.step_name, '')) AS step_name
FROM raw
