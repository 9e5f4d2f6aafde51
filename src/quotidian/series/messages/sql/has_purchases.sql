/* series/messages/attribution: whether there are purchases at all, for revenue.sql takes ClickHouse long only to understand. */
SELECT 1 FROM quotidian.events WHERE workspace = %(workspace)s AND type = %(purchase)s AND day IN (%(days)s) LIMIT 1
