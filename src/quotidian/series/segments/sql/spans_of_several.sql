/* series/segments: when those in the table did fulfil filters that need several events. A user's events are put in order,
   at most as many of a day as are enough. Each of them ends as many as are enough: from its day the filter is fulfilled,
   until the first of these leaves the window; without a window once and for ever.
   Lists as in spans_of_one, and how many events are enough. */
INSERT INTO spans
SELECT
    filter,
    user,
    arrayElement(happened, place) AS first,
    if(within = 0, %(for_ever)s, arrayElement(happened, place - enough + 1) + within - 1) AS last
FROM
(
    SELECT
        filter,
        user,
        arraySort(groupArray(day)) AS happened,
        transform(filter, %(keys)s, %(within)s, 0) AS within,
        transform(filter, %(keys)s, %(enough)s, 0) AS enough
    FROM
    (
        SELECT filter, user, day, arrayJoin(range(least(times, toUInt32(transform(filter, %(keys)s, %(enough)s, 0))))) AS number
        FROM
        (
            SELECT filter, user, day, maxMerge(times) AS times
            FROM quotidian.counted_days
            WHERE workspace = %(workspace)s
                AND filter IN (%(keys_in)s)
                AND user IN (SELECT user FROM did WHERE filter IN (%(keys_in)s))
                AND day BETWEEN %(from_day)s AND %(to_day)s
            GROUP BY filter, user, day
        )
    )
    GROUP BY filter, user
)
ARRAY JOIN arrayEnumerate(happened) AS place
WHERE place >= enough AND (within > 0 OR place = enough) AND last >= first
