/* rollups/tallies: purchases by product and app, which may be '', and by steps as in tally_events. A row is a price in a
   currency, and how often it was paid: what that is in dollars is money.py's. */
SELECT
    toString(name),
    toString(app_id),
    day,
    intDiv(time, %(step)s * 1000000) * %(step)s AS start,
    toString(currency),
    toString(price) AS paid,
    count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
GROUP BY name, app_id, day, start, currency, paid
