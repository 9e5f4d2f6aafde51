/* series/campaigns: push opens by button, and the (time, id) of each button's first open of the day. */
SELECT
    toString(campaign_id),
    arrayJoin(if(send_id = '', [''], ['', toString(send_id)])) AS send,
    day,
    channel,
    variation_id,
    toString(button),
    count(),
    min((time, id)) AS first
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type = %(push_open)s
    AND day IN (%(days)s)
    AND campaign_id != '' AND channel != '' AND button != ''
GROUP BY campaign_id, send, day, channel, variation_id, button
