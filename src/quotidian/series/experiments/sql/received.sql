/* series/experiments: the variations of which a campaign has receipts on some days, control groups apart: how many receipts, and
   when the first was. */
SELECT channel = %(control)s AS of_control, CAST(variation_id AS String) AS variation, count(), min(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
    AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s AND channel != ''
GROUP BY of_control, variation
