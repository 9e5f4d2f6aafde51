/* series/activity: the gap histograms of semantics.md §3: users by day and by days since they were last active; by app,
   or with by_app = 0 over all apps (app ''). A gap of cap means cap days or more, or never before. A user's first active
   day in the days that are read always has it: reading begins cap - 1 days early.
   A user's active days are bits in three words, counted from the first day that is read. So each user takes a few numbers
   in a hash table, about the least that exact counting needs. bitmaskToArray gives the powers of two in a word, and log2
   their positions (bitPositionsToArray gives positions at once, but old servers lack it). Keys of fixed length are looked
   up faster: so the user is two numbers, and the app is left empty where apps are not told apart. */
SELECT
    if(%(by_app)s, app, '') AS of_app,
    %(first_read)s + position AS active_day,
    if(since_last = 0, %(cap)s, least(since_last, %(cap)s)) AS gap,
    count() AS users
FROM
(
    SELECT
        app,
        arrayConcat(
            arrayMap(bit -> toUInt8(round(log2(bit))), bitmaskToArray(days_0)),
            arrayMap(bit -> toUInt8(64 + round(log2(bit))), bitmaskToArray(days_64)),
            arrayMap(bit -> toUInt8(128 + round(log2(bit))), bitmaskToArray(days_128))) AS positions
    FROM
    (
        SELECT
            toString(if(%(by_app)s, app_id, '')) AS app,
            groupBitOrIf(bitShiftLeft(toUInt64(1), toUInt8(day - %(first_read)s) %% 64), day - %(first_read)s < 64) AS days_0,
            groupBitOrIf(bitShiftLeft(toUInt64(1), toUInt8(day - %(first_read)s) %% 64), day - %(first_read)s BETWEEN 64 AND 127) AS days_64,
            groupBitOrIf(bitShiftLeft(toUInt64(1), toUInt8(day - %(first_read)s) %% 64), day - %(first_read)s >= 128) AS days_128
        FROM quotidian.events
        WHERE workspace = %(workspace)s
            AND type = %(session_start)s
            AND day BETWEEN %(first_read)s AND %(last_day)s
            AND (%(by_app)s = 0 OR app_id != '')
        GROUP BY app, reinterpretAsUInt64(user), reinterpretAsUInt64(substring(user, 9))
    )
)
/* arrayDifference gives the first day in each list, and only that one, a difference of 0. */
ARRAY JOIN positions AS position, arrayDifference(positions) AS since_last
GROUP BY of_app, active_day, gap
HAVING active_day IN (%(days)s)
