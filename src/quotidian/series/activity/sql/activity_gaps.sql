/* series/activity: the gap histograms of semantics.md section 3: users of user_days by day and by days since they were last
   active. A gap of cap means cap days or more, or never before. A user's first active day in the days that are read
   always has it: reading begins at least cap - 1 days early.
   It is grouped by small numbers, as its many rows are by far faster so: by the position of a day, not by the day. */
SELECT
    in_all, app != 0 AS in_app, app,
    64 * %(first_block)s + position AS active_day,
    toUInt8(if(since_last = 0, %(gap_cap)s, least(since_last, %(gap_cap)s))) AS gap,
    count() AS users
FROM user_days
/* arrayDifference gives the first day in each list, and only that one, a difference of 0. */
ARRAY JOIN positions AS position, arrayDifference(positions) AS since_last
GROUP BY in_all, app, position, gap
HAVING active_day IN (%(days)s)
