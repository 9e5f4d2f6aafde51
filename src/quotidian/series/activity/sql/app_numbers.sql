/* series/activity: the numbers that active_days has for apps. */
SELECT toString(id) AS app_id, cityHash64(app_id) AS app FROM (SELECT arrayJoin(%(apps)s) AS id)
