/* series/canvases: for each step, users by day and by how many days before they last had such an event; a gap of cap days
   stands for cap or more, or none before (activity_gaps says why). An event counts for its type in its channel, where that
   has a unique number, and if it is a receipt also for place %(step)s and type '': the recipients of the step. */
SELECT
    canvas,
    place,
    step,
    what,
    active_day,
    if(position = 1, %(cap)s, least(since_last, %(cap)s)) AS gap,
    count()
FROM
(
    SELECT
        toString(canvas_id) AS canvas,
        tupleElement(counted, 1) AS place,
        toString(step_id) AS step,
        tupleElement(counted, 2) AS what,
        user,
        arraySort(groupUniqArray(day)) AS active_days
    FROM quotidian.events
    ARRAY JOIN multiIf(
        type IN (%(receipt_types)s) AND type IN (%(unique_types)s), [(toString(channel), toString(type)), (%(step)s, '')],
        type IN (%(receipt_types)s), [(%(step)s, '')],
        [(toString(channel), toString(type))]) AS counted
    WHERE workspace = %(workspace)s
        AND type IN (%(counted_types)s)
        AND day BETWEEN %(first_day)s - %(cap)s + 1 AND %(last_day)s
        AND canvas_id != '' AND step_id != '' AND channel != ''
    GROUP BY canvas, place, step, what, user
)
ARRAY JOIN active_days AS active_day, arrayDifference(active_days) AS since_last, arrayEnumerate(active_days) AS position
WHERE active_day IN (%(days)s)
GROUP BY canvas, place, step, what, active_day, gap
