/* series/segments: how many members there were on each day. */
SELECT day, count() FROM quotidian.members GROUP BY day
