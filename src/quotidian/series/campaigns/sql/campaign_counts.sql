/* series/campaigns: events of each element by type and details, and by send, which may be '': Python adds them up.
   Every event of a campaign is counted here, so campaigns and elements are known however little is counted of them.
   A conversion's own send_id says nothing: its receipt decides (§8). */
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
