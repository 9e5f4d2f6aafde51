/* series/campaigns: events by element, type, details and send, which may be ''. Python adds them up.
   Every event of a campaign is counted here, so every campaign and element is known, even if nothing of it is published.
   A conversion counts for the send of its receipt, not for its own send_id (semantics.md §8). */
SELECT
    toString(campaign_id),
    if(type = %(conversion)s, '', toString(send_id)) AS send,
    day,
    toString(channel),
    toString(variation_id),
    toString(type),
    arrayMap(detail -> toString(detail), details) AS said,
    count(),
    min(time),
    max(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND campaign_id != ''
GROUP BY campaign_id, send, day, channel, variation_id, type, said
