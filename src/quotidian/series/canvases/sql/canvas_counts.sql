/* series/canvases: events by channel, step, variant, type and detail; detail 'events' is all events of a type.
   Every event of a canvas is counted here, so every canvas, variant and step is known, even if nothing of it is published. */
SELECT
    toString(canvas_id),
    day,
    toString(channel),
    toString(step_id),
    toString(canvas_variation_id),
    toString(type),
    arrayJoin(arrayConcat(['events'], arrayMap(detail -> toString(detail), details))) AS detail,
    count(),
    min(time),
    max(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND canvas_id != ''
GROUP BY canvas_id, day, channel, step_id, canvas_variation_id, type, detail
