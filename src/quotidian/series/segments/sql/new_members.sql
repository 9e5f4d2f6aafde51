/* series/segments: who belongs anew, on any of some days, to a segment with several filters, of which needed are to be fulfilled:
   as members_of_all, of users in the table gained, by what is kept and gained, and not by what is kept alone. */
INSERT INTO members
SELECT user, block, bitAnd(bitAnd(now, bitNot(before)), transform(block, %(blocks)s, %(masks)s, toUInt64(0))) AS days
FROM
(
    SELECT
        user,
        block,
        multiIf(%(needed)s = 1, groupBitOr(with_gained), count() = %(needed)s, groupBitAnd(with_gained), toUInt64(0)) AS now,
        multiIf(%(needed)s = 1, groupBitOr(as_kept), count() = %(needed)s, groupBitAnd(as_kept), toUInt64(0)) AS before
    FROM
    (
        SELECT user, filter, block, groupBitOr(mask) AS with_gained, groupBitOr(if(is_gained, toUInt64(0), mask)) AS as_kept
        FROM
        (
            SELECT
                user,
                filter,
                asked AS block,
                is_gained,
                multiIf(
                    fulfilled_block != %(endless_block)s, fulfilled,
                    first <= 64 * asked, 18446744073709551615,
                    first > 64 * asked + 63, 0,
                    bitShiftLeft(18446744073709551615, toUInt8(first - 64 * asked))) AS mask
            FROM
            (
                SELECT user, filter, block AS fulfilled_block, days AS fulfilled, since AS first, 1 AS is_gained
                FROM gained
                WHERE filter IN (%(keys)s) AND block IN (%(kept_blocks)s)
                UNION ALL
                SELECT user, filter, block, finalizeAggregation(days), finalizeAggregation(since), 0
                FROM quotidian.fulfilled
                WHERE workspace = %(workspace)s
                    AND filter IN (%(keys)s)
                    AND block IN (%(kept_blocks)s)
                    AND user IN (SELECT user FROM gained WHERE filter IN (%(keys)s))
            )
            ARRAY JOIN %(blocks)s AS asked
            WHERE fulfilled_block = asked OR fulfilled_block = %(endless_block)s
        )
        GROUP BY user, filter, block
    )
    GROUP BY user, block
)
WHERE days != 0
