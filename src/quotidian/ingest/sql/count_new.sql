/* ingest: count the new events by day, type and doubt: for the days to mark dirty, and for the report. */
SELECT day, type, doubt, count(), max(campaign_id != ''), max(canvas_id != '') FROM new_events GROUP BY day, type, doubt
