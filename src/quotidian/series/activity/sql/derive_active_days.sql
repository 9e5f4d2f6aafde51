/* series/activity: the active days of users, from all events of some days: after a crash they may not all have been put. */
INSERT INTO quotidian.active_days
SELECT
    workspace, user, if(app_id = '', 0, cityHash64(toString(app_id))) AS app, intDiv(day, 64) AS block,
    groupBitOrState(bitShiftLeft(toUInt64(1), toUInt8(day %% 64)))
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(session_start)s AND day IN (%(days)s)
GROUP BY workspace, user, app, block
