/* ingest: store the new events. Safe to repeat after a crash: select_new leaves out stored ones. */
INSERT INTO quotidian.events SELECT * EXCEPT (doubt, arrived) FROM new_events
