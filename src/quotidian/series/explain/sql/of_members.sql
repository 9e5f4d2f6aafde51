/* series/explain: sessions, or custom events of a name, of those who are in a segment on the day. */
SELECT
    time, id, user, toString(type) AS event_type, '' AS receipt_id, toInt64(0) AS receipt_time, '' AS paid_in, '' AS paid
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(app)s = '' OR app_id = %(app)s)
    AND (%(name)s = '' OR name = %(name)s)
    AND user IN (SELECT user FROM ({fulfilling}))
