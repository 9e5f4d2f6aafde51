/* series/activity: app '' stands for all apps. Adds up over shards: a user lives on one. */
SELECT
    arrayJoin(if(app_id = '', [''], ['', toString(app_id)])) AS app,
    day,
    uniqExactIf(user, type = %(first_session)s),
    countIf(type = %(uninstall)s)
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type IN (%(first_session)s, %(uninstall)s)
    AND day IN (%(days)s)
GROUP BY app, day
