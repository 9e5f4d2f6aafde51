/* ingest: an app is known once any event names it. */
SELECT DISTINCT app_id FROM quotidian.new_events WHERE app_id != ''
