/* series/segments: how many users fulfil a filter anew, from a first day until before another. The days of a block come one by
   one. */
SELECT filter, tupleElement(span, 1) AS first, tupleElement(span, 2) AS after, sum(users)
FROM
(
    SELECT
        filter,
        if(
            block = %(endless_block)s,
            [(since, before)],
            arrayMap(
                bit -> (toInt32(64 * block + bit), toInt32(64 * block + bit + 1)),
                arrayFilter(bit -> bitAnd(bitShiftRight(days, toUInt8(bit)), 1) = 1, range(64)))) AS spans,
        count() AS users
    FROM gained
    WHERE filter != %(acted)s
    GROUP BY filter, block, days, since, before
)
ARRAY JOIN spans AS span
GROUP BY filter, first, after
