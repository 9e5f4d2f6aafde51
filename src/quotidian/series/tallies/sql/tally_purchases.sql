/* series/tallies: purchases by product and app, which may be '', and by steps as in tally_events. A row is a price in a
   currency, and how often it was paid: what that is in dollars is money.py's.
   The price is made text before anything else, for ClickHouse 18.16 crashes on decimals beside other keys. */
SELECT product, app, day, start, currency, price, count()
FROM
(
    SELECT
        toString(name) AS product,
        toString(app_id) AS app,
        day,
        intDiv(time, %(step)s * 1000000) * %(step)s AS start,
        toString(currency) AS currency,
        toString(price) AS price
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s)
)
GROUP BY product, app, day, start, currency, price
