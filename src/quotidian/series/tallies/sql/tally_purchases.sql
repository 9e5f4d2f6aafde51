/* series/tallies: purchases by product and app, either of which may be '', by steps as in tally_events, and by currency; and how
   many have which price. domain/money.py turns prices into dollars.
   An inner query makes the price a text first: ClickHouse 18.16 crashes on a decimal beside other keys. */
SELECT product, app, day, start, currency, sum(purchases), groupArray((price, purchases))
FROM
(
    SELECT product, app, day, start, currency, price, count() AS purchases
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
)
GROUP BY product, app, day, start, currency
