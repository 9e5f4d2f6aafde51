/* series/activity: new users and uninstalls by app and day; app '' is all apps.
   Adds up over shards: each user is on one. */
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
