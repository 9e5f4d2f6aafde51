/* series/explain: how many push messages of a send did not bounce on a day; below 0 where more bounced than were sent. */
SELECT toInt64(countIf(type = %(sent)s)) - toInt64(countIf(type = %(bounced)s))
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s
    AND campaign_id = %(campaign)s AND send_id = %(send)s
    AND channel = %(channel)s AND variation_id = %(variation)s
