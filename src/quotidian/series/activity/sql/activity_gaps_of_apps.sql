/* series/activity: activity_gaps by app, of the users who used several apps, or one and none. */
SELECT
    app,
    64 * %(first_block)s + position AS active_day,
    if(since_last = 0, %(cap)s, least(since_last, %(cap)s)) AS gap,
    count() AS users
FROM
(
    SELECT
        app,
        arrayConcat(
            arrayMap(bit -> toUInt8(round(log2(bit))), bitmaskToArray(days_0)),
            arrayMap(bit -> toUInt8(64 + round(log2(bit))), bitmaskToArray(days_1)),
            arrayMap(bit -> toUInt8(128 + round(log2(bit))), bitmaskToArray(days_2)),
            arrayMap(bit -> toUInt8(192 + round(log2(bit))), bitmaskToArray(days_3))) AS positions
    FROM
    (
        SELECT
            app,
            groupBitOrIf(bits, block = %(first_block)s) AS days_0,
            groupBitOrIf(bits, block = %(first_block)s + 1) AS days_1,
            groupBitOrIf(bits, block = %(first_block)s + 2) AS days_2,
            groupBitOrIf(bits, block = %(first_block)s + 3) AS days_3
        FROM
        (
            SELECT user, app, block, finalizeAggregation(days) AS bits
            FROM quotidian.active_days
            WHERE workspace = %(workspace)s
                AND app != 0
                AND block BETWEEN %(first_block)s AND %(last_block)s
                AND user IN (
                    SELECT user FROM quotidian.active_days
                    WHERE workspace = %(workspace)s
                        AND block BETWEEN %(first_block)s AND %(last_block)s
                        AND user IN (
                            SELECT user FROM quotidian.active_days
                            WHERE workspace = %(workspace)s
                                AND block IN (%(days_blocks)s)
                                AND bitAnd(finalizeAggregation(days), transform(block, %(mask_blocks)s, %(masks)s, toUInt64(0))) != 0)
                    GROUP BY user
                    HAVING min(app) != max(app))
        )
        GROUP BY app, reinterpretAsUInt64(user), reinterpretAsUInt64(substring(user, 9))
    )
)
ARRAY JOIN positions AS position, arrayDifference(positions) AS since_last
GROUP BY app, active_day, gap
HAVING active_day IN (%(days)s)
