/* series/segments: how many events of some types there are, by day. */
SELECT day, count() FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day IN (%(days)s)
GROUP BY day
ORDER BY day
