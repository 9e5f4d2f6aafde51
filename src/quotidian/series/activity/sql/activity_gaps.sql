/* series/activity: H[day][gap] of semantics.md §3, by app or (by_app 0, app '') over all of them. A gap of cap days stands
   for cap or more, or none before: the first active day of a user that is read here is at least that far from any before
   it, for reading begins cap - 1 days early.
   A user's active days are bits, counted from the day on which reading begins, in three words: a hash table of users with
   a few numbers each is the least that exact counting needs. bitmaskToArray gives the powers of two in a word, and log2
   which they are (bitPositionsToArray would do both, but old servers do not know it). The user as two numbers, and no app
   where there is none to tell apart, for keys of a fixed length are looked up faster than others. */
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
/* The first day in a list has a difference of 0, and no other. */
ARRAY JOIN positions AS position, arrayDifference(positions) AS since_last
GROUP BY of_app, active_day, gap
HAVING active_day IN (%(days)s)
