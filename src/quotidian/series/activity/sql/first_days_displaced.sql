/* series/activity: the first days, as known so far, of users who have late sessions among the new events, where they come
   after the earliest of these: there the users are new no longer. */
SELECT DISTINCT first_day
FROM
(
    SELECT min(first) AS first_day
    FROM quotidian.first_days
    WHERE workspace = %(workspace)s
        AND user IN (SELECT user FROM new_events WHERE type = %(session_start)s AND day IN (%(days)s))
    GROUP BY user, app
)
WHERE first_day > %(earliest)s
