/* series/messages/attribution: purchases in currencies that have a rate, for each subject of which their user had a receipt. */
INSERT INTO timeline
SELECT
    thread,
    user,
    subject,
    time,
    0 AS place_in_order,
    id,
    0 AS is_receipt,
    day,
    '' AS place,
    '' AS element,
    '' AS send,
    0 AS conversion_index,
    '' AS step,
    currency,
    price
FROM
(
    SELECT user, time, id, day, CAST(currency AS String) AS currency, toString(price) AS price
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
        AND currency IN (%(currencies)s)
        AND cityHash64(user) %% %(chunks)s = %(chunk)s
) AS purchases
INNER JOIN (SELECT DISTINCT thread, user, subject FROM timeline) AS received USING (user)
WHERE %(every_pair)s OR (subject, day) IN (%(pairs)s)
