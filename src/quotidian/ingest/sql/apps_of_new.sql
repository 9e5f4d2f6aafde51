/* ingest: an app is known once any event names it. */
SELECT DISTINCT app_id FROM new_events WHERE app_id != ''
