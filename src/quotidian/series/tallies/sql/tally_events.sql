/* series/tallies: sessions and custom events by app, which may be '', and by steps of %(step)s seconds, each within
   one hour. tally_members is the same for members of a segment. */
SELECT
    toString(type),
    toString(name),
    toString(app_id),
    day,
    intDiv(time, %(step)s * 1000000) * %(step)s AS start,
    count()
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type IN (%(session_start)s, %(custom_event)s)
    AND day IN (%(days)s)
    AND (type = %(session_start)s OR name != '')
GROUP BY type, name, app_id, day, start
