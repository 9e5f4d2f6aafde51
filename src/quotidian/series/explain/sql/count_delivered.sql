/* series/explain: how many push messages of a send did not bounce on a day, not below 0. */
SELECT greatest(toInt64(countIf(type = %(sent)s)) - toInt64(countIf(type = %(bounced)s)), toInt64(0))
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s
    AND campaign_id = %(campaign)s AND send_id = %(send)s
    AND channel = %(channel)s AND variation_id = %(variation)s
