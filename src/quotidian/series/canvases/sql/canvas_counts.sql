/* series/canvases: events by channel, step and variation of the canvas, by type and detail; a row of the whole type has
   detail 'events'. Every event of a canvas is a row here, so canvases, variants and steps are known however little is
   counted of them. */
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
