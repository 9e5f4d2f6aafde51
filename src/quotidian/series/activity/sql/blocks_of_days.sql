/* series/activity: all blocks of days that have active days, or sessions. */
SELECT DISTINCT block
FROM
(
    SELECT DISTINCT block FROM quotidian.active_days
    UNION ALL
    SELECT DISTINCT bitShiftRight(day, 6) AS block FROM quotidian.events WHERE type = %(session_start)s
)
