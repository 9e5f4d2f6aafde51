/* series/activity: the first active day of each user, as far as the sessions of some days tell; of {sessions}, as in
   put_active_days. Putting them twice changes nothing. */
INSERT INTO quotidian.first_days
SELECT workspace, user, if(app_id = '', 0, cityHash64(toString(app_id))) AS app, min(day)
FROM {sessions}
WHERE type = %(session_start)s AND day IN (%(days)s)
GROUP BY workspace, user, app
