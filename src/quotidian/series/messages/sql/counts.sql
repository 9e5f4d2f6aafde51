/* series/messages: events by element, type, details, send and names, any of which may be ''. Python adds them up.
   Every event of a subject is counted here, so every element is known, even if nothing of it is published.
   A conversion counts for the send of its receipt, not for its own send_id (semantics.md section 8). Canvases have no sends.
   Events are grouped by a hash of all that they have in common: texts take longer. */
WITH
    if(%(of_canvas)s, canvas_id, campaign_id) AS of_subject,
    if(%(of_canvas)s OR type = %(conversion)s, '', send_id) AS of_send,
    if(%(of_canvas)s, canvas_variation_id, variation_id) AS of_variation,
    if(%(of_canvas)s, step_id, '') AS of_step,
    if(%(of_canvas)s, canvas_name, campaign_name) AS name,
    if(%(of_canvas)s, canvas_variation_name, variation_name) AS name_of_variation,
    if(%(of_canvas)s, step_name, '') AS name_of_step
SELECT
    toString(any(of_subject)),
    toString(any(of_send)),
    day,
    toString(any(channel)),
    toString(any(of_variation)),
    toString(any(of_step)),
    toString(any(type)),
    arrayMap(detail -> toString(detail), any(details)),
    toString(any(name)),
    toString(any(name_of_variation)),
    toString(any(name_of_step)),
    count(),
    min(time),
    max(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND day IN (%(days)s)
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND of_subject != '' AND (%(every_pair)s OR (toString(of_subject), day) IN (%(pairs)s))
GROUP BY
    day,
    cityHash64(
        cityHash64(of_subject), cityHash64(of_send), cityHash64(channel), cityHash64(of_variation), cityHash64(of_step),
        cityHash64(type), cityHash64(details), cityHash64(name), cityHash64(name_of_variation), cityHash64(name_of_step))
