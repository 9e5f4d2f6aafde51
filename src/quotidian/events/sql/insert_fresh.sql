/* events/ingest: the step after which the events count. Repeating it after a crash is safe: see select_fresh. */
INSERT INTO quotidian.events
SELECT
    workspace, type, day, campaign_id, user, time, id, id_hash, channel, variation_id, send_id, app_id, campaign_name,
    variation_name, button, details, conversion_index, price, currency
FROM quotidian.fresh
