/* ingest: the events of a batch that are not stored yet. An event is identified, within its workspace, by its id, its time
   in whole seconds and its user (semantics.md section 8). So a copy is of the same day, and only the days of the batch are
   looked through, however much is stored.
   The hash narrows the search to a few candidates. Hash and rest together are the id, so that no event is lost to a
   collision of hashes.
   Dates of servers begin with 1970, in every time zone, and end before the last second of all: near these ends the day is that
   of a day later, or earlier, moved back.
   Posted events came when their file says (inbox/drain.py), those of files now. */
INSERT INTO new_events
SELECT
    doubt, transform(file, %(files)s, %(arrived)s, %(now)s), workspace, type, toInt32(toInt32(toDate(toDateTime(intDiv(time, 1000000) + (multiIf(time < 172800000000, 86400, time > 4294700000000000, -86400, 0) AS moved), %(timezone)s))) - intDiv(moved, 86400)), campaign_id, user, time,
    id_hash, id_rest, channel, variation_id, send_id, app_id, campaign_name, variation_name, button, details,
    conversion_index, price, currency,
    name, canvas_id, canvas_name, canvas_variation_id, canvas_variation_name, step_id, step_name
FROM batch
WHERE workspace = %(workspace)s
    AND reason = '' AND doubt != 'unknown type'
    AND id_hash BETWEEN %(first_hash)s AND %(last_hash)s
    AND (id_hash, id_rest, intDiv(time, 1000000), user) NOT IN (
        SELECT id_hash, id_rest, intDiv(time, 1000000), user FROM quotidian.events
        PREWHERE id_hash IN (
            SELECT id_hash FROM batch
            WHERE workspace = %(workspace)s AND id_hash BETWEEN %(first_hash)s AND %(last_hash)s)
        WHERE workspace = %(workspace)s AND day IN (%(days)s))
LIMIT 1 BY id_hash, id_rest, intDiv(time, 1000000), user
