/* ingest: the step after which the events count. Repeating it after a crash is safe: see select_fresh. */
INSERT INTO quotidian.events SELECT * EXCEPT doubt FROM quotidian.fresh
