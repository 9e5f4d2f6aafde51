/* series/canvases: the newest name of each variant and step, and of the canvas itself (kind 'canvas', id '').
   The inner query finds the few times at which newest names can be, as in campaign_names.sql. */
SELECT
    toString(canvas_id),
    tupleElement(named, 1) AS kind,
    tupleElement(named, 2) AS named_id,
    max((time, id, tupleElement(named, 3))) AS newest
FROM quotidian.events
ARRAY JOIN [
    (%(canvas)s, '', toString(canvas_name)),
    (%(variant)s, toString(canvas_variation_id), toString(canvas_variation_name)),
    (%(step)s, toString(step_id), toString(step_name))] AS named
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND canvas_id != ''
    AND time IN (
        SELECT max(time)
        FROM quotidian.events
        WHERE workspace = %(workspace)s AND day IN (%(days)s) AND canvas_id != ''
        GROUP BY canvas_id, canvas_name, canvas_variation_id, canvas_variation_name, step_id, step_name)
    AND tupleElement(named, 3) != '' AND (kind = %(canvas)s OR named_id != '')
GROUP BY canvas_id, kind, named_id
