/* series/segments: all days with events that some filter may look for. */
SELECT DISTINCT day FROM quotidian.events WHERE workspace = %(workspace)s AND type IN (%(types)s)
