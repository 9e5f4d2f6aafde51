/* ingest: an app is known once any event names it. */
SELECT DISTINCT app_id FROM quotidian.fresh WHERE app_id != ''
