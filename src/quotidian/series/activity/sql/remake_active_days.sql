/* series/activity: the active days of users in one block, of all workspaces, from all of its events. */
INSERT INTO quotidian.remade_days
SELECT
    workspace, user, if(app_id = '', 0, cityHash64(toString(app_id))) AS app, intDiv(day, 64) AS block,
    groupBitOrState(bitShiftLeft(toUInt64(1), toUInt8(day %% 64)))
FROM quotidian.events
WHERE type = %(session_start)s AND day BETWEEN 64 * %(block)s AND 64 * %(block)s + 63
GROUP BY workspace, user, app, block
