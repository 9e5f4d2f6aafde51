/* series/messages: events by element, type, details, send and names, any of which may be ''. Python adds them up.
   Every event of a subject is counted here, so every element is known, even if nothing of it is published.
   A conversion counts for the send of its receipt, not for its own send_id (semantics.md section 8). Canvases have no sends. */
SELECT
    toString(if(%(of_canvas)s, canvas_id, campaign_id)) AS subject,
    if(%(of_canvas)s OR type = %(conversion)s, '', toString(send_id)) AS send,
    day,
    toString(channel),
    toString(if(%(of_canvas)s, canvas_variation_id, variation_id)) AS variation,
    if(%(of_canvas)s, toString(step_id), '') AS step,
    toString(type),
    arrayMap(detail -> toString(detail), details) AS said,
    toString(if(%(of_canvas)s, canvas_name, campaign_name)) AS subject_name,
    toString(if(%(of_canvas)s, canvas_variation_name, variation_name)) AS named_variation,
    if(%(of_canvas)s, toString(step_name), '') AS named_step,
    count(),
    min(time),
    max(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND day IN (%(days)s)
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND subject != '' AND (%(every_pair)s OR (subject, day) IN (%(pairs)s))
GROUP BY subject, send, day, channel, variation, step, type, said, subject_name, named_variation, named_step
