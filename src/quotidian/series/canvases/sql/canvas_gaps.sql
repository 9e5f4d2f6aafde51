/* series/canvases: gap histograms of each step: users by day and by days since they last had such an event. A gap of cap
   means cap days or more, or never before (see activity_gaps.sql). An event counts under its channel and type, if a
   unique statistic counts that type. A receipt also counts under place %(step)s and type '': these are the step's recipients. */
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
