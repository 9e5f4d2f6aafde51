/* ingest/marking: days on which users bought something who have a new receipt at most %(reach)s days before, and of what.
   Most receipts are of users who bought nothing: they are looked up in the purchases, and not made distinct before. */
SELECT bought_day, arraySlice(groupUniqArray(subject), 1, %(most)s)
FROM
(
    SELECT user, day AS received_day, CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject
    FROM new_events
    WHERE type IN (%(receipt_types)s)
        AND (%(every_subject)s OR subject IN (%(subjects)s)) AND subject NOT IN (%(without)s)
) AS receipts
INNER JOIN
(
    SELECT DISTINCT user, day AS bought_day
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(later_days)s)
        AND user IN (SELECT user FROM new_events WHERE type IN (%(receipt_types)s))
) AS purchases USING (user)
WHERE bought_day - received_day BETWEEN 0 AND %(reach)s
GROUP BY bought_day
