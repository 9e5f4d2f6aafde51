/* series/segments: as members_of_any, of a segment that needs all of several filters. */
INSERT INTO members
SELECT user, block, days
FROM
(
    SELECT user, block, if(count() = %(needed)s, groupBitAnd(mask), toUInt64(0)) AS days
    FROM
    (
        SELECT user, filter, block, groupBitOr(mask) AS mask
        FROM
        (
            SELECT
                user,
                filter,
                asked AS block,
                multiIf(
                    kept_block != %(endless_block)s, kept,
                    first <= 64 * asked, 18446744073709551615,
                    first > 64 * asked + 63, 0,
                    bitShiftLeft(18446744073709551615, toUInt8(first - 64 * asked))) AS mask
            FROM
            (
                SELECT user, filter, block AS kept_block, finalizeAggregation(days) AS kept, finalizeAggregation(since) AS first
                FROM quotidian.fulfilled
                WHERE workspace = %(workspace)s
                    AND filter IN (%(keys)s)
                    AND block IN (%(kept_blocks)s)
                    AND reinterpretAsUInt8(user) BETWEEN %(first_byte)s AND %(last_byte)s
                    AND (%(everyone)s OR reinterpretAsUInt64(user) IN (
                        SELECT reinterpretAsUInt64(user) FROM quotidian.events
                        WHERE workspace = %(workspace)s AND type IN (%(acted_types)s) AND day IN (%(acted_days)s)))
            )
            ARRAY JOIN %(blocks)s AS asked
            WHERE kept_block = asked OR kept_block = %(endless_block)s
        )
        GROUP BY user, filter, block
    )
    GROUP BY user, block
)
WHERE bitAnd(days, transform(block, %(blocks)s, %(masks)s, toUInt64(0))) != 0
