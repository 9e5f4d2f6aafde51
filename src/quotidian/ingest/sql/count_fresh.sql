/* ingest: what is new, a row for each (day, type, doubt): the days, whose numbers change, and what a report counts. */
SELECT day, type, doubt, count(), max(campaign_id != ''), max(canvas_id != '') FROM quotidian.fresh GROUP BY day, type, doubt
