/* series/explain: the first events after a time, or at it from an id on, of those that one of the statements finds. */
SELECT time, id, hex(user), event_type, receipt_id, receipt_time
FROM ({found})
WHERE time > %(after)s OR (time = %(after)s AND id >= %(from_id)s)
ORDER BY time, id, user
LIMIT %(limit)s
