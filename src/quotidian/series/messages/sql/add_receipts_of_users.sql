/* series/messages/attribution: receipts of the subjects and users that converted, or of one campaign bought something: they are
   in the timeline. At one instant a receipt comes before a conversion, and after a purchase, which is not its own.
   A receipt is in two threads: its variation's, for conversions that name one, and one for those that do not;
   it is added to those that something of the user is in.
   With of_tied, only those of users in tied: once more, with ids (find_tied.sql).
   If only a day's receipts matter, those before it do for conversions of the day itself.
   Of canvases, a receipt is an entry and its variation is the variant. */
INSERT INTO timeline
SELECT
    cityHash64(subject, arrayJoin(arrayDistinct(['', element]))) AS thread,
    user,
    CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject,
    time,
    %(receipt_order)s AS place_in_order,
    if(%(with_ids)s, id, ''),
    1 AS is_receipt,
    day,
    if(%(of_canvas)s, %(variant)s, CAST(channel AS String)) AS place,
    CAST(if(%(of_canvas)s, canvas_variation_id, variation_id) AS String) AS element,
    CAST(send_id AS String) AS send,
    0 AS conversion_index,
    '' AS step,
    '' AS currency,
    '' AS price
FROM quotidian.events
/* Of users who did nothing, which most did not, no more is read than this. Half of the hash is found in half the time; the
   rest is looked at below, and by that ClickHouse opens only what can have these users. */
PREWHERE reinterpretAsUInt64(user) IN (
    SELECT reinterpretAsUInt64(user) FROM timeline WHERE NOT %(of_tied)s OR user IN (SELECT user FROM tied))
WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
    AND day BETWEEN %(first_receipt)s AND %(last_day)s
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND (%(every_receipt)s OR day >= %(received_on)s OR user IN (SELECT user FROM timeline WHERE day = %(received_on)s))
    AND subject != '' AND place != ''
    AND (thread, user) IN (
        SELECT thread, user FROM timeline
        WHERE NOT is_receipt AND (NOT %(of_tied)s OR user IN (SELECT user FROM tied)))
