/* series/experiments: receipts of a campaign on some days, to tell how many users may be counted at once. */
SELECT count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
    AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s
