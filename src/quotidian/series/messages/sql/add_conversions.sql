/* series/messages/attribution: conversions. One that names a variation belongs to receipts of that variation only.
   If only a day's receipts matter, conversions of other days are those of users who had one.
   CAST, not toString: toString keeps LowCardinality on old servers. */
INSERT INTO timeline
SELECT
    cityHash64(subject, CAST(if(%(of_canvas)s, canvas_variation_id, variation_id) AS String)) AS thread,
    user,
    CAST(if(%(of_canvas)s, canvas_id, campaign_id) AS String) AS subject,
    time,
    1 AS place_in_order,
    id,
    0 AS is_receipt,
    day,
    '' AS place,
    '' AS element,
    '' AS send,
    conversion_index,
    if(%(of_canvas)s, CAST(step_id AS String), '') AS step,
    '' AS currency,
    '' AS price
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(conversion)s AND day IN (%(days)s)
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND subject != '' AND (%(every_pair)s OR (subject, day) IN (%(pairs)s))
    AND conversion_index != 255
    AND (%(every_receipt)s OR day = %(received_on)s OR user IN (
        SELECT user FROM quotidian.events
        WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s) AND day = %(received_on)s
            AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
            AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))))
    AND cityHash64(user) %% %(chunks)s = %(chunk)s
