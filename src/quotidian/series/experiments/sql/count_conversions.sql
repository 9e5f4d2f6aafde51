/* series/experiments: conversions of a campaign on some days, to tell how many are found receipts for at once. */
SELECT count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(conversion)s AND day IN (%(days)s) AND campaign_id = %(campaign)s
