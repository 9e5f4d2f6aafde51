/* series/activity: the days on which users were active, from the sessions of some days. Putting them twice changes nothing.
   {sessions} is new_events as a batch is stored; and quotidian.events when days are in doubt, or a block is made anew,
   in {active_days}: quotidian.active_days, or the table that is swapped in. */
INSERT INTO {active_days}
SELECT
    workspace, user, if(app_id = '', 0, cityHash64(toString(app_id))) AS app, bitShiftRight(day, 6) AS block,
    groupBitOrState(bitShiftLeft(toUInt64(1), toUInt8(bitAnd(day, 63))))
FROM {sessions}
WHERE type = %(session_start)s AND day IN (%(days)s)
GROUP BY workspace, user, app, block
