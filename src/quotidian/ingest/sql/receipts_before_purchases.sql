/* ingest/marking: days with new purchases, and the subjects of which their users had a receipt at most %(reach)s days before,
   one that is stored or a new one. */
SELECT bought_day, arraySlice(groupUniqArray(subject), 1, %(most)s)
FROM
(
    SELECT DISTINCT user, day AS received_day, CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s) AND day IN (%(earlier_days)s)
        AND user IN (SELECT user FROM new_events WHERE type = %(purchase)s)
        AND (%(every_campaign)s OR campaign_id IN (%(subjects)s))
        AND (%(every_canvas)s OR canvas_id IN (%(subjects)s))
        AND subject NOT IN (%(without)s)
    UNION ALL
    SELECT DISTINCT user, day AS received_day, CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject
    FROM new_events
    WHERE type IN (%(receipt_types)s)
        AND (%(every_subject)s OR subject IN (%(subjects)s)) AND subject NOT IN (%(without)s)
) AS receipts
INNER JOIN
(
    SELECT DISTINCT user, day AS bought_day FROM new_events WHERE type = %(purchase)s
) AS purchases USING (user)
WHERE bought_day - received_day BETWEEN 0 AND %(reach)s
GROUP BY bought_day
