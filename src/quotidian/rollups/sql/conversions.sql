/* rollups/attribution: conversions with the latest receipt of their user and campaign, at most the window earlier; of the
   event's variation where it names one. Of canvases the same, with the entry for the receipt, and the canvas's variation
   for the message's; beside it, the step that the conversion itself names.
   Receipts and conversions of a (subject, user) are put in one order, a receipt before a conversion at the same instant,
   and of receipts at one instant the largest id last. How many receipts came so far then numbers the receipt that each
   conversion belongs to. A receipt stands under two keys: its variation, for conversions that name it, and '' for those
   that name none. Nothing crosses users, so it adds up over shards; cost grows with events, not with their pairs.
   CAST, not toString: that keeps LowCardinality on old servers, and the halves of the union must have one type. */
SELECT
    subject,
    tupleElement(conversion, 2) AS day,
    tupleElement(conversion, 3) AS conversion_index,
    receipts_so_far > 0 AND tupleElement(conversion, 1) - tupleElement(receipt, 1) <= %(window)s AS has_receipt,
    if(has_receipt, tupleElement(receipt, 4), 0) AS receipt_day,
    if(has_receipt, tupleElement(receipt, 5), '') AS channel,
    if(has_receipt, tupleElement(receipt, 6), '') AS variation,
    if(has_receipt, tupleElement(receipt, 7), '') AS send,
    tupleElement(conversion, 4) AS step,
    count()
FROM
(
    SELECT
        subject,
        receipts_so_far,
        anyIf(event, tupleElement(event, 2) = 0) AS receipt,
        groupArrayIf(
            (tupleElement(event, 1), tupleElement(event, 4), tupleElement(event, 8), tupleElement(event, 9)),
            tupleElement(event, 2) = 1
        ) AS conversions
    FROM
    (
        SELECT subject, user, key, arraySort(groupArray((time, kind, id, day, place, element, send, index, step))) AS events
        FROM
        (
            SELECT
                CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject, user,
                arrayJoin(arrayDistinct(['', CAST(if(%(of_canvas)s, canvas_variation_id, variation_id) AS String)])) AS key,
                time, 0 AS kind, id, day, if(%(of_canvas)s, %(variant)s, CAST(channel AS String)) AS place,
                CAST(if(%(of_canvas)s, canvas_variation_id, variation_id) AS String) AS element,
                CAST(send_id AS String) AS send, toUInt8(0) AS index, '' AS step
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type IN (%(receipt_types)s)
                AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
                AND subject != '' AND place != ''
                AND (subject, user) IN (
                    SELECT CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String), user
                    FROM quotidian.events
                    WHERE workspace = %(workspace)s AND type = %(conversion)s AND day IN (%(days)s))
            UNION ALL
            SELECT
                CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject, user,
                CAST(if(%(of_canvas)s, canvas_variation_id, variation_id) AS String) AS key,
                time, 1 AS kind, id, day, '' AS place, '' AS element, '' AS send, conversion_index AS index,
                if(%(of_canvas)s, CAST(step_id AS String), '') AS step
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type = %(conversion)s
                AND day IN (%(days)s)
                AND subject != '' AND conversion_index != 255
        )
        GROUP BY subject, user, key
    )
    ARRAY JOIN events AS event, arrayCumSum(each -> tupleElement(each, 2) = 0, events) AS receipts_so_far
    GROUP BY subject, user, key, receipts_so_far
)
ARRAY JOIN conversions AS conversion
GROUP BY subject, day, conversion_index, has_receipt, receipt_day, channel, variation, send, step
