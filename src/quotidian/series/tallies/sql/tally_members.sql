/* series/tallies: as tally_events, of those who are in members on the day. Events of others, mostly the most, are left out before
   they are joined, by half of the user's hash: that is found in half the time, and the rest is looked at in the join. */
SELECT toString(type), toString(name), toString(app_id), day, start, count()
FROM
(
    SELECT
        user,
        type,
        name,
        app_id,
        day,
        intDiv(day, 64) AS block,
        intDiv(time, %(step)s * 1000000) * %(step)s AS start
    FROM quotidian.events
    PREWHERE reinterpretAsUInt64(user) IN (SELECT reinterpretAsUInt64(user) FROM members)
    WHERE workspace = %(workspace)s
        AND type IN (%(session_start)s, %(custom_event)s)
        AND day IN (%(days)s)
        AND (type = %(session_start)s OR name != '')
) AS counted
INNER JOIN (SELECT user, block, days FROM members) AS members USING user, block
WHERE bitAnd(bitShiftRight(days, toUInt8(day %% 64)), 1) = 1
GROUP BY type, name, app_id, day, start
