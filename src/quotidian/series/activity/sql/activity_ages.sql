/* series/activity: users of user_days by day and by days since their first active day of all, up to age_cap. in_all: by that
   in whatever app; in_app: by their first in this app. */
SELECT
    in_all, in_app, app,
    64 * %(first_block)s + position AS active_day,
    toUInt8(position - first_position) AS age,
    count() AS users
FROM
(
    SELECT
        in_any AND user NOT IN (SELECT user FROM seen_before) AS in_all,
        app != 0 AND (user, app) NOT IN (SELECT user, app FROM seen_before) AS in_app,
        app, positions, positions[1] AS first_position
    FROM (SELECT user, in_all AS in_any, app, positions FROM user_days WHERE positions[1] >= %(first_new)s)
    WHERE in_all OR in_app
)
ARRAY JOIN positions AS position
WHERE position <= first_position + %(age_cap)s
GROUP BY in_all, in_app, app, position, age
HAVING position IN (%(positions)s)
