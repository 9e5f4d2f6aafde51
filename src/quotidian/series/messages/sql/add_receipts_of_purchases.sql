/* series/messages/attribution: receipts of users who bought something. Of canvases a purchase counts in two ways: for the
   variant of the latest entry, and for the step of the latest message received; so the way tells threads apart.
   Days are cut into spans as long as a receipt may be before a purchase. Receipts are read only from the span of a
   purchase of their user, and from the span before: the set for that filter is small, however long the window.
   With of_tied, only those of users in tied: once more, with ids (find_tied.sql).
   At one instant a receipt comes after a purchase, which is not its own. */
INSERT INTO timeline
SELECT
    cityHash64(subject, if(%(of_canvas)s, place, '')) AS thread,
    user,
    CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject,
    time,
    1 AS place_in_order,
    if(%(with_ids)s, id, ''),
    1 AS is_receipt,
    day,
    multiIf(
        NOT %(of_canvas)s, CAST(channel AS String),
        type = %(entry)s, %(variant)s,
        channel != '' AND step_id != '', %(step)s,
        '') AS place,
    CAST(multiIf(
        NOT %(of_canvas)s, variation_id,
        type = %(entry)s, canvas_variation_id,
        step_id) AS String) AS element,
    CAST(send_id AS String) AS send,
    0 AS conversion_index,
    '' AS step,
    '' AS currency,
    '' AS price
FROM quotidian.events
/* Of users who bought nothing, which most did not, no more is read than this. Half of the hash is found in half the time; the
   rest is looked at below, and by that ClickHouse opens only what can have these users. */
PREWHERE reinterpretAsUInt64(user) IN (
    SELECT reinterpretAsUInt64(user) FROM quotidian.events
    WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
        AND cityHash64(user) %% %(chunks)s = %(chunk)s
        AND (NOT %(of_tied)s OR user IN (SELECT user FROM tied)))
WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
    AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND subject NOT IN (%(without)s) AND place != ''
    AND (user, intDiv(day, %(reach)s)) IN (
        SELECT user, toInt32(intDiv(day, %(reach)s) - arrayJoin([0, 1]))
        FROM quotidian.events
        WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
            AND cityHash64(user) %% %(chunks)s = %(chunk)s
            AND (NOT %(of_tied)s OR user IN (SELECT user FROM tied)))
