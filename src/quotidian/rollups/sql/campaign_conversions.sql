/* rollups/campaigns: conversions with the latest receipt of their user and campaign, at most the window earlier; of the
   event's variation where it names one.
   Receipts and conversions of a (campaign, user) are put in one order, a receipt before a conversion at the same instant,
   and of receipts at one instant the largest id last. How many receipts came so far then numbers the receipt that each
   conversion belongs to. A receipt stands under two keys: its variation, for conversions that name it, and '' for those
   that name none. Nothing crosses users, so it adds up over shards; cost grows with events, not with their pairs.
   CAST, not toString: that keeps LowCardinality on old servers, and the halves of the union must have one type. */
SELECT
    campaign,
    tupleElement(conversion, 2) AS day,
    tupleElement(conversion, 3) AS conversion_index,
    receipts_so_far > 0 AND tupleElement(conversion, 1) - tupleElement(receipt, 1) <= %(window)s AS has_receipt,
    if(has_receipt, tupleElement(receipt, 4), 0) AS receipt_day,
    if(has_receipt, tupleElement(receipt, 5), '') AS channel,
    if(has_receipt, tupleElement(receipt, 6), '') AS variation,
    if(has_receipt, tupleElement(receipt, 7), '') AS send,
    count()
FROM
(
    SELECT
        campaign,
        receipts_so_far,
        anyIf(event, tupleElement(event, 2) = 0) AS receipt,
        groupArrayIf(
            (tupleElement(event, 1), tupleElement(event, 4), tupleElement(event, 8)), tupleElement(event, 2) = 1
        ) AS conversions
    FROM
    (
        SELECT campaign, user, key, arraySort(groupArray((time, kind, id, day, channel, variation, send, index))) AS events
        FROM
        (
            SELECT
                CAST(campaign_id AS String) AS campaign, user, arrayJoin(arrayDistinct(['', CAST(variation_id AS String)])) AS key,
                time, 0 AS kind, id, day, CAST(channel AS String) AS channel, CAST(variation_id AS String) AS variation,
                CAST(send_id AS String) AS send, toUInt8(0) AS index
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type IN (%(receipt_types)s)
                AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
                AND campaign_id != '' AND channel != ''
                AND (campaign_id, user) IN (
                    SELECT campaign_id, user
                    FROM quotidian.events
                    WHERE workspace = %(workspace)s AND type = %(conversion)s AND day IN (%(days)s))
            UNION ALL
            SELECT
                CAST(campaign_id AS String) AS campaign, user, CAST(variation_id AS String) AS key,
                time, 1 AS kind, id, day, '' AS channel, '' AS variation, '' AS send, conversion_index AS index
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type = %(conversion)s
                AND day IN (%(days)s)
                AND campaign_id != '' AND conversion_index != 255
        )
        GROUP BY campaign, user, key
    )
    ARRAY JOIN events AS event, arrayCumSum(each -> tupleElement(each, 2) = 0, events) AS receipts_so_far
    GROUP BY campaign, user, key, receipts_so_far
)
ARRAY JOIN conversions AS conversion
GROUP BY campaign, day, conversion_index, has_receipt, receipt_day, channel, variation, send
