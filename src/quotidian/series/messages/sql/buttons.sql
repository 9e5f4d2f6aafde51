/* series/messages: push opens by button, and the (time, id) of each button's first open of the day. */
SELECT
    toString(if(%(of_canvas)s, canvas_id, campaign_id)) AS subject,
    arrayJoin(if(%(of_canvas)s OR send_id = '', [''], ['', toString(send_id)])) AS send,
    day,
    toString(channel),
    toString(if(%(of_canvas)s, step_id, variation_id)) AS element,
    toString(button),
    count(),
    min((time, id)) AS first
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(push_open)s AND day IN (%(days)s)
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND subject != '' AND (%(every_pair)s OR (subject, day) IN (%(pairs)s))
    AND channel != '' AND button != ''
    AND (NOT %(of_canvas)s OR step_id != '')
GROUP BY subject, send, day, channel, element, button
