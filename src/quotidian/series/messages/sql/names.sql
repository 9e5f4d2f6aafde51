/* series/messages: the newest name of a subject itself (its kind, id ''), and of its variations, or variants and steps.
   An element without an id has no name (semantics.md section 4).
   An event with the newest name of anything is among the latest events that have the same names. So the inner query finds
   the time of the latest event for each combination of names, and ids are compared only for the few events at these
   times. */
SELECT
    toString(if(%(of_canvas)s, canvas_id, campaign_id)) AS subject,
    tupleElement(named, 1) AS kind,
    tupleElement(named, 2) AS named_id,
    max((time, id, tupleElement(named, 3))) AS newest
FROM quotidian.events
ARRAY JOIN if(%(of_canvas)s,
    [
        (%(kind)s, '', toString(canvas_name)),
        (%(variant)s, toString(canvas_variation_id), toString(canvas_variation_name)),
        (%(step)s, toString(step_id), toString(step_name))],
    [
        (%(kind)s, '', toString(campaign_name)),
        (%(variant)s, toString(variation_id), toString(variation_name))]) AS named
WHERE workspace = %(workspace)s AND day IN (%(days)s)
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND subject != '' AND (%(is_whole)s OR (subject, day) IN (%(pairs)s))
    AND time IN (
        SELECT max(time)
        FROM quotidian.events
        WHERE workspace = %(workspace)s AND day IN (%(days)s)
            AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
            AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
        GROUP BY
            if(%(of_canvas)s, canvas_id, campaign_id),
            if(%(of_canvas)s, canvas_name, campaign_name),
            if(%(of_canvas)s, canvas_variation_id, variation_id),
            if(%(of_canvas)s, canvas_variation_name, variation_name),
            if(%(of_canvas)s, step_id, ''),
            if(%(of_canvas)s, step_name, ''))
    AND tupleElement(named, 3) != '' AND (kind = %(kind)s OR named_id != '')
GROUP BY subject, kind, named_id
