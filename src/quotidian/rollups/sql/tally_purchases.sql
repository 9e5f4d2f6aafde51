/* rollups/tallies: purchases by quarter of an hour; product '' and app '' stand for all of them. A row is a price
   in a currency, and how often it was paid: what that is in dollars is money.py's. */
SELECT
    arrayJoin(if(name = '', [''], ['', toString(name)])) AS product,
    arrayJoin(if(app_id = '', [''], ['', toString(app_id)])) AS app,
    day,
    intDiv(time, 900000000) * 900 AS quarter,
    toString(currency),
    price,
    count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
GROUP BY product, app, day, quarter, currency, price
