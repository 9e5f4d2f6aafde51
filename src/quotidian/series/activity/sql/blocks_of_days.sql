/* series/activity: all blocks of days that have active days, and whether there are sessions in them. */
SELECT block, max(has_sessions)
FROM
(
    SELECT block, 0 AS has_sessions FROM quotidian.active_days GROUP BY block
    UNION ALL
    SELECT bitShiftRight(day, 6) AS block, 1 AS has_sessions FROM quotidian.events WHERE type = %(session_start)s GROUP BY block
)
GROUP BY block
ORDER BY block
