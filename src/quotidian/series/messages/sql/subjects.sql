/* series/messages: the campaigns, or canvases, that have events on some days. */
SELECT DISTINCT CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject
FROM quotidian.events
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND subject != ''
ORDER BY subject
