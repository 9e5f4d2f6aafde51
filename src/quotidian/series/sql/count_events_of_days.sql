/* series/arrived: count_events, of the days and types of one batch. */
SELECT day, type, count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day IN (%(days)s)
GROUP BY day, type
