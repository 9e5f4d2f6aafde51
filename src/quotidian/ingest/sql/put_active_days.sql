/* ingest: the active days of the users of the new events. Repeating it changes nothing. */
INSERT INTO quotidian.active_days
SELECT
    workspace, user, if(app_id = '', 0, cityHash64(toString(app_id))) AS app, intDiv(day, 64) AS block,
    groupBitOrState(bitShiftLeft(toUInt64(1), toUInt8(day %% 64)))
FROM quotidian.new_events
WHERE type = %(session_start)s
GROUP BY workspace, user, app, block
