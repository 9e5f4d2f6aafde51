/* rollups/attribution: for each purchase and each campaign that its user received, the latest receipt before it, if that
   is within the campaign's window; of canvases by entry, or (by_step) by receipt of a message of a step. Found as in
   conversions; here a purchase stands before receipts at its instant, which do not count. A row is a price in a currency, and how often it was paid: what that is in dollars is money.py's.
   The price as text, for ClickHouse 18.16 crashes on decimals in groupArray. */
SELECT
    subject,
    tupleElement(purchase, 2) AS day,
    tupleElement(receipt, 5) AS channel,
    tupleElement(receipt, 6) AS variation,
    tupleElement(receipt, 7) AS send,
    tupleElement(purchase, 3) AS currency,
    tupleElement(purchase, 4) AS price,
    count()
FROM
(
    SELECT
        subject,
        receipts_so_far,
        anyIf(event, tupleElement(event, 2) = 1) AS receipt,
        groupArrayIf(
            (tupleElement(event, 1), tupleElement(event, 4), tupleElement(event, 8), tupleElement(event, 9)),
            tupleElement(event, 2) = 0
        ) AS purchases
    FROM
    (
        SELECT subject, user, arraySort(groupArray((time, kind, id, day, place, element, send, currency, price))) AS events
        FROM
        (
            SELECT
                CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject, user, time, 1 AS kind, id, day,
                multiIf(%(by_step)s, %(step)s, %(of_canvas)s, %(variant)s, CAST(channel AS String)) AS place,
                CAST(multiIf(%(by_step)s, step_id, %(of_canvas)s, canvas_variation_id, variation_id) AS String) AS element,
                CAST(send_id AS String) AS send, '' AS currency, '' AS price
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type IN (%(receipt_types)s)
                AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
                AND subject != '' AND place != '' AND (NOT %(by_step)s OR (channel != '' AND step_id != ''))
                AND user IN (
                    SELECT user
                    FROM quotidian.events
                    WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s))
            UNION ALL
            SELECT subject, user, time, 0 AS kind, id, day, '' AS place, '' AS element, '' AS send, currency, price
            FROM
            (
                SELECT user, time, id, day, CAST(currency AS String) AS currency, toString(price) AS price
                FROM quotidian.events
                WHERE workspace = %(workspace)s
                    AND type = %(purchase)s
                    AND day IN (%(days)s)
                    AND currency IN (%(currencies)s)
            ) AS paid
            INNER JOIN
            (
                SELECT DISTINCT CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject, user
                FROM quotidian.events
                WHERE workspace = %(workspace)s
                    AND type IN (%(receipt_types)s)
                    AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
                    AND subject != ''
            ) AS received USING (user)
        )
        GROUP BY subject, user
    )
    ARRAY JOIN events AS event, arrayCumSum(each -> tupleElement(each, 2) = 1, events) AS receipts_so_far
    GROUP BY subject, user, receipts_so_far
)
ARRAY JOIN purchases AS purchase
WHERE receipts_so_far > 0
    AND tupleElement(purchase, 1) - tupleElement(receipt, 1)
        <= transform(subject, %(window_subjects)s, %(windows)s, %(default_window)s)
GROUP BY subject, day, channel, variation, send, currency, price
