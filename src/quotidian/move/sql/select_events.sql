/* move: the stored columns of some days' events, in the order of the table, of the users of some slots. */
SELECT
    workspace, type, day, campaign_id, user, time, id_hash, id_rest, channel, variation_id, send_id, app_id, campaign_name,
    variation_name, button, {details}, conversion_index, price, currency, name, canvas_id,
    canvas_name, canvas_variation_id, canvas_variation_name, step_id, step_name
FROM quotidian.events
WHERE day BETWEEN %(first_day)s AND %(last_day)s AND {slot} BETWEEN %(first_slot)s AND %(last_slot)s
