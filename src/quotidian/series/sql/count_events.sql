/* series/arrived: how many events every day has, by type. */
SELECT day, type, count() FROM quotidian.events WHERE workspace = %(workspace)s GROUP BY day, type
