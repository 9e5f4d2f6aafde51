/* series/campaigns: the newest name of each variation, and of the campaign itself (kind 'campaign', id '').
   An element without a variation id has no name (semantics.md §4).
   An event with the newest name of anything is among the latest events that have the same names. So the inner query finds
   the time of the latest event for each combination of names, and ids are compared only for the few events at these
   times. */
SELECT
    toString(campaign_id),
    tupleElement(named, 1) AS kind,
    tupleElement(named, 2) AS variation,
    max((time, id, tupleElement(named, 3))) AS newest
FROM quotidian.events
ARRAY JOIN [('campaign', '', toString(campaign_name)), ('variation', toString(variation_id), toString(variation_name))] AS named
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND campaign_id != ''
    AND time IN (
        SELECT max(time)
        FROM quotidian.events
        WHERE workspace = %(workspace)s AND day IN (%(days)s) AND campaign_id != ''
        GROUP BY campaign_id, campaign_name, variation_id, variation_name)
    AND tupleElement(named, 3) != '' AND (kind = 'campaign' OR variation != '')
GROUP BY campaign_id, kind, variation
