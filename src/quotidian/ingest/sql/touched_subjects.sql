/* ingest/marking: the campaigns, or canvases, of the new events, by day and type. Of more than %(most)s on a day, that many. */
SELECT day, toString(type), arraySlice(groupUniqArray(subject), 1, %(most)s)
FROM
(
    SELECT day, type, toString(if(%(of_canvas)s, canvas_id, campaign_id)) AS subject
    FROM new_events
    WHERE subject != ''
)
GROUP BY day, type
