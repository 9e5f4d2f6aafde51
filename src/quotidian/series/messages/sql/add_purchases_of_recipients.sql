/* series/messages/attribution: purchases of users who had a receipt of one campaign on some days. They come before the receipts,
   of which only those of their users are then read. */
INSERT INTO timeline
SELECT
    cityHash64(%(campaign)s, '') AS thread,
    user,
    %(campaign)s AS subject,
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
    CAST(currency AS String) AS currency,
    toString(price) AS price
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
    AND currency IN (%(currencies)s)
    AND cityHash64(user) %% %(chunks)s = %(chunk)s
    AND user IN (
        SELECT user FROM quotidian.events
        WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
            AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s
            AND cityHash64(user) %% %(chunks)s = %(chunk)s)
