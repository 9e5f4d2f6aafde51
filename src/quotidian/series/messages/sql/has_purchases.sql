/* series/messages/attribution: a row if there are any purchases.
   revenue.sql takes ClickHouse long to analyse, even without data. */
SELECT 1 FROM quotidian.events WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s) LIMIT 1
