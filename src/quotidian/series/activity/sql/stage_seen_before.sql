/* series/activity: who of user_days was active before the days that are read, in which apps. Asked of those alone who
   without this would be new to one of the days asked for: active in no more than age_cap days before the first. */
CREATE TEMPORARY TABLE seen_before AS
SELECT user, app
FROM quotidian.first_days
WHERE workspace = %(workspace)s
    AND first < 64 * %(first_block)s
    AND user IN (SELECT user FROM user_days WHERE positions[1] >= %(first_new)s)
