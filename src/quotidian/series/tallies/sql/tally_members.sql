/* series/tallies: as tally_events, of those who are in members on the day. */
SELECT type, name, app, day, start, count()
FROM
(
    SELECT
        user,
        toString(type) AS type,
        toString(name) AS name,
        toString(app_id) AS app,
        day,
        intDiv(day, 64) AS block,
        intDiv(time, %(step)s * 1000000) * %(step)s AS start
    FROM quotidian.events
    WHERE workspace = %(workspace)s
        AND type IN (%(session_start)s, %(custom_event)s)
        AND day IN (%(days)s)
        AND (type = %(session_start)s OR name != '')
) AS counted
INNER JOIN
(
    SELECT user, block, days
    FROM members
    /* A set of users takes a fraction of the time that a table to join with takes, and most members may have no event. Half of
       the hash is found in half the time; the rest is looked at when they are joined. */
    WHERE reinterpretAsUInt64(user) IN (
        SELECT reinterpretAsUInt64(user) FROM quotidian.events
        WHERE workspace = %(workspace)s AND type IN (%(session_start)s, %(custom_event)s) AND day IN (%(days)s))
) AS members USING user, block
WHERE bitAnd(bitShiftRight(days, toUInt8(day %% 64)), 1) = 1
GROUP BY type, name, app, day, start
