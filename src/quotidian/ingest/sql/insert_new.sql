/* ingest: store the new events. Safe to repeat after a crash: select_new leaves out stored ones. */
INSERT INTO quotidian.events
SELECT
    workspace, type, day, campaign_id, user, time, id_hash, id_rest, channel, variation_id, send_id, app_id,
    campaign_name, variation_name, button, details, conversion_index, price, currency,
    name, canvas_id, canvas_name, canvas_variation_id, canvas_variation_name, step_id, step_name
FROM new_events
