/* series/explain: push messages of a send on a day that did not bounce on it: of a user's, as many of the latest are left
   out as bounced. */
SELECT
    tupleElement(message, 1) AS time,
    tupleElement(message, 2) AS id,
    user,
    %(sent)s AS event_type,
    '' AS receipt_id,
    toInt64(0) AS receipt_time,
    '' AS paid_in,
    '' AS paid
FROM
(
    SELECT
        user,
        arraySort(groupArrayIf((time, id), type = %(sent)s)) AS messages,
        toInt64(countIf(type = %(bounced)s)) AS bounces
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s
        AND campaign_id = %(campaign)s AND send_id = %(send)s
        AND channel = %(channel)s AND variation_id = %(variation)s
    GROUP BY user
)
ARRAY JOIN arraySlice(messages, 1, greatest(toInt64(length(messages)) - bounces, toInt64(0))) AS message
