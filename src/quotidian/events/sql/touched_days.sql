/* events/ingest: the days that get events, a row for each (day, type): what depends on them follows from the type. */
SELECT day, type, max(campaign_id != ''), max(canvas_id != '') FROM quotidian.fresh GROUP BY day, type
