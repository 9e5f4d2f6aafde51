/* series/segments: how many members there are on each of some days. Users with the same days are counted first: their days
   are mostly one of a few runs. */
SELECT day, sum(users)
FROM
(
    SELECT block, bitAnd(days, transform(block, %(blocks)s, %(masks)s, toUInt64(0))) AS asked, count() AS users
    FROM members
    GROUP BY block, asked
)
ARRAY JOIN %(days)s AS day
WHERE block = bitShiftRight(day, 6) AND bitAnd(bitShiftRight(asked, toUInt8(bitAnd(day, 63))), 1) = 1
GROUP BY day
