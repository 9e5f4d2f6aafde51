/* move: what tells whether a partition's events are the same somewhere else: of each day the number, and a sum of hashes
   of all that is stored of an event, modulo 2^64. Both add up over shards.
   Versions of ClickHouse write a price as text in several ways, so that its bytes are hashed. */
SELECT day, count() AS events, sum(cityHash64(
    workspace, type, campaign_id, user, time, id_hash, id_rest, channel, variation_id, send_id, app_id, campaign_name,
    variation_name, button, details, conversion_index, reinterpretAsString(price), currency, name, canvas_id, canvas_name,
    canvas_variation_id, canvas_variation_name, step_id, step_name
)) AS checksum
FROM quotidian.events
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY day
