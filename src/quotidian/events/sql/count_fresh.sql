/* events/ingest: what was new, a row for each (type, doubt). */
SELECT type, doubt, count() FROM quotidian.fresh GROUP BY type, doubt
