/* series/messages: distinct recipients of each element of a campaign on a day, and (channel '') over all elements.
   send '' is the whole campaign. The inner query groups first, so that arrayJoin repeats groups and not receipts. */
SELECT
    campaign,
    arrayJoin(if(send_id = '', [''], ['', send_id])) AS send,
    day,
    arrayJoin([('', ''), (channel, variation)]) AS element,
    uniqExactMerge(users)
FROM
(
    SELECT
        toString(campaign_id) AS campaign,
        toString(send_id) AS send_id,
        day,
        toString(channel) AS channel,
        toString(variation_id) AS variation,
        uniqExactState(user) AS users
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s) AND day IN (%(days)s)
        AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
        AND campaign_id != '' AND (%(every_pair)s OR (campaign, day) IN (%(pairs)s))
        AND channel != ''
    GROUP BY campaign, send_id, day, channel, variation
)
GROUP BY campaign, send, day, element
