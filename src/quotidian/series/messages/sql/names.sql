/* series/messages: of the events of some moments, by moment the name of a subject itself (its kind, id ''), and of its
   variations, or variants and steps, that the event with the largest id has.
   An element without an id has no name (semantics.md section 4). */
SELECT
    toString(if(%(of_canvas)s, canvas_id, campaign_id)) AS subject,
    tupleElement(named, 1) AS kind,
    tupleElement(named, 2) AS named_id,
    time,
    tupleElement(max((id, tupleElement(named, 3))) AS newest, 1) AS event_id,
    tupleElement(newest, 2) AS name
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
    AND subject != ''
    AND time IN (%(times)s)
    AND tupleElement(named, 3) != '' AND (kind = %(kind)s OR named_id != '')
GROUP BY subject, kind, named_id, time
