/* rollups/tallies: purchases by quarter of an hour; product '' and app '' stand for all of them. A row is a price in a
   currency, and how often it was paid: what that is in dollars is money.py's.
   The price is made text before anything else, for ClickHouse 18.16 crashes where arrayJoin repeats decimals. */
SELECT
    arrayJoin(if(name = '', [''], ['', name])) AS product,
    arrayJoin(if(app_id = '', [''], ['', app_id])) AS app,
    day,
    quarter,
    currency,
    price,
    count()
FROM
(
    SELECT
        toString(name) AS name,
        toString(app_id) AS app_id,
        day,
        intDiv(time, 900000000) * 900 AS quarter,
        toString(currency) AS currency,
        toString(price) AS price
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
)
GROUP BY product, app, day, quarter, currency, price
