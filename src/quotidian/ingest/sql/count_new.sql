/* ingest: count the new events by day, type and doubt: for the days to mark dirty, for the report, and as arrivals. */
SELECT
    day, type, doubt, count(), max(campaign_id != ''), max(canvas_id != ''),
    countIf(arrived - time > %(late)s), min(arrived), max(arrived)
FROM new_events
GROUP BY day, type, doubt
