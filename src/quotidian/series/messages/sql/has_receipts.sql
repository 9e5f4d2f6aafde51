/* series/messages/attribution: a row if there are any receipts that purchases may belong to.
   Many workspaces have no canvases. */
SELECT 1
FROM quotidian.events
WHERE workspace = %(workspace)s
    AND type IN (%(receipt_types)s)
    AND day BETWEEN %(first_day)s - %(reach)s AND %(last_day)s
    AND if(%(of_canvas)s, canvas_id, campaign_id) != ''
LIMIT 1
