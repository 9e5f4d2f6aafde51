/* rollups/tallies: sessions and custom events by quarter of an hour, in seconds since 1970, for hours begin at any quarter
   in some time zones. App '' stands for all apps. Of a segment's members on the day itself, where a segment is given. */
SELECT
    toString(type),
    if(type = %(session_start)s, '', toString(name)) AS subject,
    arrayJoin(if(app_id = '', [''], ['', toString(app_id)])) AS app,
    day,
    intDiv(time, 900000000) * 900 AS quarter,
    count()
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type IN (%(session_start)s, %(custom_event)s)
    AND day IN (%(days)s)
    AND (type = %(session_start)s OR name != '')
    AND (%(segment)s = '' OR (day, user) IN (SELECT day, user FROM quotidian.members WHERE day IN (%(days)s)))
GROUP BY type, subject, app, day, quarter
