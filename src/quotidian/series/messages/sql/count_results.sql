/* series/messages/attribution: how many conversions or purchases there are. */
SELECT count()
FROM quotidian.events
WHERE workspace = %(workspace)s AND type = %(result)s AND day IN (%(days)s)
    AND (%(result)s != %(conversion)s
        OR (%(every_campaign)s OR campaign_id IN (%(campaigns)s)) AND (%(every_canvas)s OR canvas_id IN (%(canvases)s)))
