/* series/messages/attribution: each conversion with its receipt: the latest one of the same user and campaign, at most
   the window earlier. If the conversion names a message variation, only receipts of that variation count.
   Of canvases, a receipt is an entry and its variation is the variant; the conversion may also name a step.
   How: receipts and conversions of a (subject, user, key) are sorted by time. At one instant, receipts come before
   conversions, and among receipts the largest id comes last. Receipts that are followed by another receipt are dropped:
   no conversion belongs to them. The number of receipts so far then tells which receipt each conversion belongs to.
   A receipt is listed under two keys: its variation, for conversions that name one, and '' for those that do not.
   No row depends on two users, so results add up over shards. Cost grows with events, not with pairs of them.
   A row: the conversion, whether it has a receipt, and the receipt (without one, the conversion again), both as
   (day, place, element, send, index, step), with '' or 0 for what it does not have; and how many there are. They are
   whole tuples because ClickHouse takes a millisecond to analyse each expression over such subqueries.
   CAST, not toString: toString keeps LowCardinality on old servers, and both sides of the union must have one type. */
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
