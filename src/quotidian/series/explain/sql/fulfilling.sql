/* series/explain: the members of a segment on a day, and which of its filters each fulfils: of users who had some event that
   filters look for on some days. */
SELECT user, filters
FROM
(
    SELECT user, groupArray(filter) AS filters
    FROM
    (
        SELECT user, filter
        FROM quotidian.fulfilled
        WHERE workspace = %(workspace)s AND filter IN (%(keys_in)s) AND block IN (%(block)s, %(endless_block)s)
            AND (%(everybody)s OR user IN (
                SELECT user FROM quotidian.events
                WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s))
        GROUP BY user, filter
        HAVING bitAnd(bitShiftRight(groupBitOrMerge(days), toUInt8(%(bit)s)), 1) = 1 OR minMerge(since) <= %(day)s
    )
    GROUP BY user
)
WHERE length(filters) >= %(needed)s
