/* rollups/activity: H[day][gap] of semantics.md §3. A gap of cap days stands for cap or more, or none before: the first
   active day of a user that is read here is at least that far from any before it, for reading begins cap - 1 days early. */
SELECT
    app,
    active_day,
    if(position = 1, %(cap)s, least(since_last, %(cap)s)) AS gap,
    count() AS users
FROM
(
    SELECT
        arrayJoin(if(app_id = '', [''], ['', toString(app_id)])) AS app,
        user,
        arraySort(groupUniqArray(day)) AS active_days
    FROM quotidian.events
    WHERE workspace = %(workspace)s
        AND type = %(session_start)s
        AND day BETWEEN %(first_day)s - %(cap)s + 1 AND %(last_day)s
    GROUP BY app, user
)
ARRAY JOIN active_days AS active_day, arrayDifference(active_days) AS since_last, arrayEnumerate(active_days) AS position
WHERE active_day IN (%(days)s)
GROUP BY app, active_day, gap
