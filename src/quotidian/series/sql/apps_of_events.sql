/* series/learning: every app that any event names. */
SELECT DISTINCT toString(app_id) FROM quotidian.events WHERE workspace = %(workspace)s AND app_id != ''
