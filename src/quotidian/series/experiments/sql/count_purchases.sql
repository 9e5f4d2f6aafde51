/* series/experiments: purchases of users who received a campaign on some days, to tell how many are found receipts for at once. */
SELECT count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s) AND currency IN (%(currencies)s)
    AND cityHash64(user) %% %(chunks)s = %(chunk)s
    AND user IN (
        SELECT user FROM quotidian.events
        WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
            AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s
            AND cityHash64(user) %% %(chunks)s = %(chunk)s)
