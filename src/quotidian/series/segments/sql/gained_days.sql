/* series/segments: what is new in the table spans. Of the bits of a block, those from a first to a last one are ones that
   are moved right, and back left. */
INSERT INTO gained
SELECT
    filter,
    user,
    block,
    bitAnd(now, bitNot(known)) AS days,
    since,
    before
FROM
(
    SELECT
        filter,
        user,
        block,
        groupBitOr(new_days) AS now,
        groupBitOr(known_days) AS known,
        min(new_since) AS since,
        min(known_since) AS before
    FROM
    (
        SELECT
            filter,
            user,
            block,
            if(block = %(endless_block)s, 0, bitShiftLeft(
                bitShiftRight(18446744073709551615, toUInt8(63 - least(last - 64 * block, 63) + greatest(first - 64 * block, 0))),
                toUInt8(greatest(first - 64 * block, 0)))) AS new_days,
            toUInt64(0) AS known_days,
            if(block = %(endless_block)s, first, toInt32(%(for_ever)s)) AS new_since,
            toInt32(%(for_ever)s) AS known_since
        FROM spans
        ARRAY JOIN %(blocks)s AS block
        WHERE if(last = %(for_ever)s, block = %(endless_block)s, block BETWEEN bitShiftRight(first, 6) AND bitShiftRight(last, 6))
        UNION ALL
        SELECT
            filter,
            user,
            block,
            toUInt64(0) AS new_days,
            finalizeAggregation(days) AS known_days,
            toInt32(%(for_ever)s) AS new_since,
            finalizeAggregation(since) AS known_since
        FROM quotidian.fulfilled
        WHERE workspace = %(workspace)s
            AND filter IN (%(keys_in)s)
            AND block IN (%(blocks_in)s)
            AND user IN (SELECT user FROM spans)
    )
    GROUP BY filter, user, block
)
WHERE days != 0 OR since < before
