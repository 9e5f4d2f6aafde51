/* series/experiments: distinct users who received each variation of a campaign on some days, over all channels, and when the
   first did; control groups apart. */
SELECT
    channel = %(control)s AS of_control,
    CAST(variation_id AS String) AS variation,
    uniqExact(user),
    min(time)
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
    AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s AND channel != ''
    AND cityHash64(user) %% %(chunks)s = %(chunk)s
GROUP BY of_control, variation
