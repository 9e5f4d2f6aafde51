/* series/canvases: push opens by button, and the (time, id) of each button's first open of the day. */
SELECT
    toString(canvas_id),
    day,
    toString(channel),
    toString(step_id),
    toString(button),
    count(),
    min((time, id)) AS first
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type = %(push_open)s
    AND day IN (%(days)s)
    AND canvas_id != '' AND step_id != '' AND channel != '' AND button != ''
GROUP BY canvas_id, day, channel, step_id, button
