/* rollups/campaigns: events of each element by type and detail; a row of the whole type has detail 'events'.
   Every event of a campaign is a row here, so campaigns and elements are known however little is counted of them.
   send '' stands for the whole campaign. A conversion's own send_id says nothing: its receipt decides (§8). */
SELECT
    toString(campaign_id),
    arrayJoin(if(send_id = '' OR type = %(conversion)s, [''], ['', toString(send_id)])) AS send,
    day,
    channel,
    variation_id,
    type,
    arrayJoin(arrayConcat(['events'], arrayMap(detail -> toString(detail), details))) AS detail,
    count(),
    uniqExactIf(user, type IN (%(receipt_types)s)),
    min(time),
    max(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND campaign_id != ''
GROUP BY campaign_id, send, day, channel, variation_id, type, detail
