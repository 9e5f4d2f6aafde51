/* series/explain: a page of events, after a time, or at it from an id on, of which some are left out: events may have both
   in common. */
SELECT time, id, hex(user), event_type, receipt_id, receipt_time
FROM ({found})
WHERE time > %(after)s OR (time = %(after)s AND id >= %(from_id)s)
ORDER BY time, id, user
LIMIT %(skipped)s, %(limit)s
