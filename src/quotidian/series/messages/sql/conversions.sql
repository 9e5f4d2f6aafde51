/* series/messages/attribution: conversions with the latest receipt of their user and campaign, at most the window earlier; of the
   event's variation where it names one. Of canvases the same, with the entry for the receipt, and the canvas's variation
   for the message's; beside it, the step that the conversion itself names.
   Receipts and conversions of a (subject, user) are put in one order, a receipt before a conversion at the same instant,
   and of receipts at one instant the largest id last. Receipts that another follows are dropped, for no conversion belongs
   to them; how many receipts came so far then numbers the receipt that each conversion belongs to. A receipt stands under
   two keys: its variation, for conversions that name it, and '' for those that name none. Nothing crosses users, so it adds
   up over shards; cost grows with events, not with their pairs.
   A row is what is said of the conversion, whether it has a receipt, and what is said of that (else of the conversion):
   day, place, element, send, index, step, each where it has one. Said in one piece, for each expression over such
   subqueries takes ClickHouse a millisecond to understand.
   CAST, not toString: that keeps LowCardinality on old servers, and the halves of the union must have one type. */
SELECT
    subject,
    tupleElement(conversion, 4) AS converted,
    receipts_so_far > 0 AND tupleElement(conversion, 1) - tupleElement(receipt, 1) <= %(window)s AS has_receipt,
    if(has_receipt, tupleElement(receipt, 4), tupleElement(conversion, 4)) AS received,
    count()
FROM
(
    SELECT
        subject,
        receipts_so_far,
        anyIf(event, tupleElement(event, 2) = 0) AS receipt,
        groupArrayIf(event, tupleElement(event, 2) = 1) AS conversions
    FROM
    (
        SELECT
            subject,
            user,
            key,
            arrayFilter((event, next_kind) -> tupleElement(event, 2) = 1 OR next_kind = 1, events, next_kinds) AS useful,
            arrayCumSum(event -> tupleElement(event, 2) = 0, useful) AS receipts_so_far
        FROM
        (
            SELECT
                subject,
                user,
                key,
                events,
                arrayPushBack(arrayPopFront(arrayMap(event -> tupleElement(event, 2), events)), 0) AS next_kinds
            FROM
            (
                SELECT
                    subject,
                    user,
                    key,
                    arraySort(groupArray((time, kind, id, (day, place, element, send, index, step)))) AS events
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
        )
    )
    ARRAY JOIN useful AS event, receipts_so_far
    GROUP BY subject, user, key, receipts_so_far
)
ARRAY JOIN conversions AS conversion
GROUP BY subject, converted, has_receipt, received
