/* rollups/campaigns: distinct users over all elements of a day. */
SELECT
    toString(campaign_id),
    arrayJoin(if(send_id = '', [''], ['', toString(send_id)])) AS send,
    day,
    uniqExact(user)
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type IN (%(receipt_types)s)
    AND day IN (%(days)s)
    AND campaign_id != '' AND channel != ''
GROUP BY campaign_id, send, day
