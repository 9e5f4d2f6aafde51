/* rollups/campaigns: conversions with the latest receipt of their user and campaign, at most the window earlier; of the
   event's variation where it names one. Each conversion is also a candidate without a receipt (time -1), which any
   receipt beats. Joined on the user, so it adds up over shards. */
SELECT
    campaign,
    day,
    conversion_index,
    tupleElement(receipt, 1) >= 0 AS has_receipt,
    tupleElement(receipt, 3) AS receipt_day,
    tupleElement(receipt, 4) AS channel,
    tupleElement(receipt, 5) AS variation,
    tupleElement(receipt, 6) AS send,
    count()
FROM
(
    SELECT campaign, conversion_id, day, conversion_index, max(candidate) AS receipt
    FROM
    (
        SELECT
            campaign,
            conversion_id,
            conversions.day AS day,
            conversion_index,
            (receipts.time, receipts.id, receipts.day, receipts.channel, receipts.variation, receipts.send) AS candidate
        FROM
        (
            SELECT
                toString(campaign_id) AS campaign, user, time, id, day, toString(channel) AS channel,
                toString(variation_id) AS variation, toString(send_id) AS send
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type IN (%(receipt_types)s)
                AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
                AND campaign_id != '' AND channel != ''
        ) AS receipts
        INNER JOIN
        (
            SELECT
                toString(campaign_id) AS campaign, user, time, id AS conversion_id, day, conversion_index,
                toString(variation_id) AS named_variation
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type = %(conversion)s
                AND day IN (%(days)s)
                AND campaign_id != '' AND conversion_index != 255
        ) AS conversions USING (campaign, user)
        WHERE receipts.time <= conversions.time
            AND receipts.time >= conversions.time - %(window)s
            AND (named_variation = '' OR named_variation = receipts.variation)
        UNION ALL
        SELECT
            toString(campaign_id), id, day, conversion_index,
            (toInt64(-1), '', toInt32(0), '', '', '')
        FROM quotidian.events
        WHERE workspace = %(workspace)s
            AND type = %(conversion)s
            AND day IN (%(days)s)
            AND campaign_id != '' AND conversion_index != 255
    )
    GROUP BY campaign, conversion_id, day, conversion_index
)
GROUP BY campaign, day, conversion_index, has_receipt, receipt_day, channel, variation, send
