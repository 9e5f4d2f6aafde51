/* rollups/campaigns: the newest name of each variation, and of the campaign itself (kind 'campaign', id '').
   Events without a variation id are of an element that has no name (semantics.md §4). */
SELECT
    toString(campaign_id),
    tupleElement(named, 1) AS kind,
    tupleElement(named, 2) AS variation,
    max((time, id, tupleElement(named, 3))) AS newest
FROM quotidian.events
ARRAY JOIN [('campaign', '', toString(campaign_name)), ('variation', toString(variation_id), toString(variation_name))] AS named
WHERE workspace = %(workspace)s AND day IN (%(days)s) AND campaign_id != '' 
    AND tupleElement(named, 3) != '' AND (kind = 'campaign' OR variation != '')
GROUP BY campaign_id, kind, variation
