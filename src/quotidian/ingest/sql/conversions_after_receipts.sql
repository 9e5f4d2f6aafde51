/* ingest/marking: days on which users converted who have a new receipt of the same subject, and the subjects. */
SELECT day, arraySlice(groupUniqArray(subject), 1, %(most)s)
FROM
(
    SELECT day, CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type = %(conversion)s AND day IN (%(later_days)s)
        AND (subject, user) IN (
            SELECT CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject, user
            FROM new_events
            WHERE type IN (%(receipt_types)s) AND subject != '')
)
GROUP BY day
