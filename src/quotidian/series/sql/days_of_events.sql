/* series/learning: every day with events of a type, and whether any of them names a campaign, and a canvas. */
SELECT day, type, max(campaign_id != ''), max(canvas_id != '') FROM quotidian.events WHERE workspace = %(workspace)s GROUP BY day, type
