/* series/explain: how many users were active on any of some days, of an app or of all: lists have the blocks of these days,
   and their bits in each. */
SELECT count()
FROM
(
    SELECT user
    FROM quotidian.active_days
    WHERE workspace = %(workspace)s AND block IN (%(blocks_in)s) AND (%(app)s = '' OR app = cityHash64(%(app)s))
    GROUP BY user
    HAVING groupBitOr(bitAnd(finalizeAggregation(days), transform(block, %(blocks)s, %(masks)s, toUInt64(0)))) != 0
)
