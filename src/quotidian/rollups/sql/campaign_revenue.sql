/* rollups/campaigns: for each purchase and each campaign, the latest receipt of its user within the campaign's window.
   Price × rate is rounded once to micro-dollars, halves to even; sums are exact decimals (semantics.md §4 and §8). */
SELECT
    campaign,
    day,
    tupleElement(receipt, 3) AS channel,
    tupleElement(receipt, 4) AS variation,
    tupleElement(receipt, 5) AS send,
    toString(sum(usd)) AS revenue
FROM
(
    SELECT
        receipts.campaign AS campaign,
        purchase_id,
        purchases.day AS day,
        usd,
        max((receipts.time, receipts.id, receipts.channel, receipts.variation, receipts.send)) AS receipt
    FROM
    (
        SELECT
            toString(campaign_id) AS campaign, user, time, id, toString(channel) AS channel,
            toString(variation_id) AS variation, toString(send_id) AS send,
            transform(toString(campaign_id), %(window_campaigns)s, %(windows)s, %(default_window)s) AS window
        FROM quotidian.events
        WHERE workspace = %(workspace)s
            AND type IN (%(receipt_types)s)
            AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
            AND campaign_id != '' AND channel != ''
    ) AS receipts
    INNER JOIN
    (
        SELECT
            user, time, id AS purchase_id, day,
            roundBankers(
                toDecimal256(price, 12) * toDecimal256(transform(toString(currency), %(currencies)s, %(usd)s, '0'), 12), 6
            ) AS usd
        FROM quotidian.events
        WHERE workspace = %(workspace)s
            AND type = %(purchase)s
            AND day IN (%(days)s)
            AND currency IN (%(currencies)s)
    ) AS purchases USING (user)
    WHERE receipts.time < purchases.time AND purchases.time - receipts.time <= receipts.window
    GROUP BY campaign, purchase_id, day, usd
)
GROUP BY campaign, day, channel, variation, send
