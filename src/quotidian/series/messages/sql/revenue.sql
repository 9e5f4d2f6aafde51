/* series/messages/attribution: each purchase with its receipt, for each campaign of which its user had one: the latest
   receipt before the purchase, if it is within the campaign's window. Of canvases a purchase counts in two ways: for the
   variant of the latest entry, and for the step of the latest message received.
   How: as in conversions.sql, except that a purchase comes before receipts at the same instant, which do not count.
   A row: the receipt and the purchase, both as (day, place, element, send, currency, price), with '' or 0 for what it
   does not have, and how many there are. domain/money.py turns prices into dollars.
   Days are cut into spans as long as a receipt may be before a purchase. Receipts are read only from the span of a
   purchase of their user, and from the span before: the set for that filter is small, however long the window.
   Prices are text because ClickHouse 18.16 crashes on decimals in groupArray. */
SELECT subject, tupleElement(receipt, 4) AS received, tupleElement(purchase, 4) AS bought, count()
FROM
(
    SELECT
        subject,
        receipts_so_far,
        anyIf(event, tupleElement(event, 2) = 1) AS receipt,
        groupArrayIf(event, tupleElement(event, 2) = 0) AS purchases
    FROM
    (
        SELECT
            subject,
            user,
            way,
            arrayFilter((event, next_kind) -> tupleElement(event, 2) = 0 OR next_kind = 0, events, next_kinds) AS useful,
            arrayCumSum(event -> tupleElement(event, 2) = 1, useful) AS receipts_so_far
        FROM
        (
            SELECT
                subject,
                user,
                way,
                events,
                arrayPushBack(arrayPopFront(arrayMap(event -> tupleElement(event, 2), events)), 1) AS next_kinds
            FROM
            (
                SELECT subject, user, way, arraySort(arrayConcat(received, bought)) AS events
                FROM
                (
                    SELECT subject, user, way, groupArray((time, kind, id, (no_day, place, element, send, '', ''))) AS received
                    FROM
                    (
                        SELECT
                            CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject,
                            user,
                            time,
                            1 AS kind,
                            id,
                            toInt32(0) AS no_day,
                            multiIf(
                                NOT %(of_canvas)s, CAST(channel AS String),
                                type = %(entry)s, %(variant)s,
                                channel != '' AND step_id != '', %(step)s,
                                '') AS place,
                            if(%(of_canvas)s, place, '') AS way,
                            CAST(multiIf(
                                NOT %(of_canvas)s, variation_id,
                                type = %(entry)s, canvas_variation_id,
                                step_id) AS String) AS element,
                            CAST(send_id AS String) AS send
                        FROM quotidian.events
                        WHERE workspace = %(workspace)s
                            AND type IN (%(receipt_types)s)
                            AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
                            AND subject != '' AND place != ''
                            AND (user, intDiv(day, %(reach)s)) IN (
                                SELECT user, toInt32(intDiv(day, %(reach)s) - arrayJoin([0, 1]))
                                FROM quotidian.events
                                WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s))
                    )
                    GROUP BY subject, user, way
                ) AS receipts
                INNER JOIN
                (
                    SELECT user, groupArray((time, kind, id, (day, '', '', '', currency, price))) AS bought
                    FROM
                    (
                        SELECT
                            user, time, 0 AS kind, id, day, CAST(currency AS String) AS currency, toString(price) AS price
                        FROM quotidian.events
                        WHERE workspace = %(workspace)s
                            AND type = %(purchase)s
                            AND day IN (%(days)s)
                            AND currency IN (%(currencies)s)
                    )
                    GROUP BY user
                ) AS purchases USING (user)
            )
        )
    )
    ARRAY JOIN useful AS event, receipts_so_far
    GROUP BY subject, user, way, receipts_so_far
)
ARRAY JOIN purchases AS purchase
WHERE receipts_so_far > 0
    AND tupleElement(purchase, 1) - tupleElement(receipt, 1)
        <= transform(subject, %(window_subjects)s, %(windows)s, %(default_window)s)
GROUP BY subject, received, bought
