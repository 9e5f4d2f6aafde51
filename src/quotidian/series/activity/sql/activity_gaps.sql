/* series/activity: the gap histograms of semantics.md section 3: users of user_days by day and by days since they were last
   active. A gap of cap means cap days or more, or never before, and may come in several rows. A user's first active day in
   the days that are read always has it: reading begins at least cap - 1 days early.
   before   the position of the active day before; 255, which comes before no other, stands for none
   It is grouped by small numbers, as its many rows are by far faster so: by positions, of which days and gaps are made
   when rows are few. Rows of no app are grouped apart, by two bytes instead of eleven, which halves the time. */
SELECT
    in_all, app != 0 AS in_app, app,
    64 * %(first_block)s + position AS active_day,
    toUInt8(if(before = 255, %(gap_cap)s, least(position - before, %(gap_cap)s))) AS gap,
    users
FROM
(
    SELECT 1 AS in_all, toUInt64(0) AS app, position, before, count() AS users
    FROM (SELECT positions FROM user_days WHERE app = 0)
    ARRAY JOIN positions AS position, arrayPushFront(arrayPopBack(positions), toUInt8(255)) AS before
    GROUP BY position, before
    UNION ALL
    SELECT in_all, app, position, before, count() AS users
    FROM (SELECT in_all, app, positions FROM user_days WHERE app != 0)
    ARRAY JOIN positions AS position, arrayPushFront(arrayPopBack(positions), toUInt8(255)) AS before
    GROUP BY in_all, app, position, before
)
WHERE position IN (%(positions)s)
