/* series/activity: the gap histograms of semantics.md section 3 over all apps: users by day and by days since they were
   last active. A gap of cap means cap days or more, or never before. A user's first active day in the days that are read
   always has it: reading begins at least cap - 1 days early.
   Most users use one app: their rows say which (0 for none), so that the histograms of apps are made of the same rows.
   For the others is_of_one_app is 0, and activity_gaps_of_apps tells their apps apart.
   Only users who were active on the days asked for are looked at, and these are few where the days are few.
   A user's active days are the bits of four blocks; bitmaskToArray gives the powers of two in each, and log2 their positions
   (bitPositionsToArray gives positions at once, but old servers lack it). Keys of fixed length are looked up faster: so
   the user is two numbers. */
SELECT
    least_app = greatest_app AS is_of_one_app,
    if(is_of_one_app, least_app, 0) AS app,
    64 * %(first_block)s + position AS active_day,
    if(since_last = 0, %(cap)s, least(since_last, %(cap)s)) AS gap,
    count() AS users
FROM
(
    SELECT
        least_app,
        greatest_app,
        arrayConcat(
            arrayMap(bit -> toUInt8(round(log2(bit))), bitmaskToArray(days_0)),
            arrayMap(bit -> toUInt8(64 + round(log2(bit))), bitmaskToArray(days_1)),
            arrayMap(bit -> toUInt8(128 + round(log2(bit))), bitmaskToArray(days_2)),
            arrayMap(bit -> toUInt8(192 + round(log2(bit))), bitmaskToArray(days_3))) AS positions
    FROM
    (
        SELECT
            min(app) AS least_app,
            max(app) AS greatest_app,
            groupBitOrIf(bits, block = %(first_block)s) AS days_0,
            groupBitOrIf(bits, block = %(first_block)s + 1) AS days_1,
            groupBitOrIf(bits, block = %(first_block)s + 2) AS days_2,
            groupBitOrIf(bits, block = %(first_block)s + 3) AS days_3
        FROM
        (
            SELECT user, app, block, finalizeAggregation(days) AS bits
            FROM quotidian.active_days
            WHERE workspace = %(workspace)s
                AND block BETWEEN %(first_block)s AND %(last_block)s
                AND user IN (
                    SELECT user FROM quotidian.active_days
                    WHERE workspace = %(workspace)s
                        AND block IN (%(days_blocks)s)
                        AND bitAnd(finalizeAggregation(days), transform(block, %(mask_blocks)s, %(masks)s, toUInt64(0))) != 0)
        )
        GROUP BY reinterpretAsUInt64(user), reinterpretAsUInt64(substring(user, 9))
    )
)
/* arrayDifference gives the first day in each list, and only that one, a difference of 0. */
ARRAY JOIN positions AS position, arrayDifference(positions) AS since_last
GROUP BY is_of_one_app, app, active_day, gap
HAVING active_day IN (%(days)s)
