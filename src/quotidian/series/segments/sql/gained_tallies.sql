/* series/segments: on which days anybody fulfils a filter anew and has sessions or custom events: bits by block. */
SELECT filter, acted_block, groupBitOr(bitAnd(acted, gained_days)) AS found
FROM
(
    SELECT
        filter,
        acted_block,
        acted,
        multiIf(
            block = acted_block, days,
            block != %(endless_block)s, 0,
            bitAnd(
                multiIf(
                    since <= 64 * acted_block, 18446744073709551615,
                    since > 64 * acted_block + 63, 0,
                    bitShiftLeft(18446744073709551615, toUInt8(since - 64 * acted_block))),
                bitNot(multiIf(
                    before <= 64 * acted_block, 18446744073709551615,
                    before > 64 * acted_block + 63, 0,
                    bitShiftLeft(18446744073709551615, toUInt8(before - 64 * acted_block)))))) AS gained_days
    FROM
    (
        SELECT filter, user, block, days, since, before FROM gained WHERE filter != %(acted)s
    ) AS of_filters
    INNER JOIN
    (
        SELECT user, block AS acted_block, groupBitOr(finalizeAggregation(days)) AS acted
        FROM quotidian.fulfilled
        WHERE workspace = %(workspace)s
            AND filter = %(acted)s
            AND block BETWEEN %(first_block)s AND %(last_block)s
            AND user IN (SELECT user FROM gained WHERE filter != %(acted)s)
        GROUP BY user, block
    ) AS of_all
    USING user
)
GROUP BY filter, acted_block
HAVING found != 0
