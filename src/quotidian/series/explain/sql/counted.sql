/* series/explain: events of some types that count one by one. What is not asked for is '' or 0; `every_variation` tells
   that from the null variation, which is ''. Of uniques, users who had such an event on the days before do not count;
   elsewhere there are none of these days. */
SELECT
    time, id, user, toString(type) AS event_type, '' AS receipt_id, toInt64(0) AS receipt_time,
    toString(currency) AS paid_in, toString(price) AS paid
FROM quotidian.events
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(campaign)s = '' OR campaign_id = %(campaign)s)
    AND (%(send)s = '' OR send_id = %(send)s)
    AND (%(canvas)s = '' OR canvas_id = %(canvas)s)
    AND (%(needs_channel)s = 0 OR channel != '')
    AND (%(channel)s = '' OR channel = %(channel)s)
    AND (%(every_variation)s OR variation_id = %(variation)s)
    AND (%(variant)s = '' OR canvas_variation_id = %(variant)s)
    AND (%(step)s = '' OR step_id = %(step)s)
    AND (%(detail)s = '' OR has(arrayMap(detail -> toString(detail), details), %(detail)s))
    AND (%(button)s = '' OR button = %(button)s)
    AND (%(app)s = '' OR app_id = %(app)s)
    AND (%(name)s = '' OR name = %(name)s)
    AND (%(every_currency)s OR currency IN (%(currencies)s))
    AND user NOT IN (
        SELECT user FROM quotidian.events
        WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_before)s AND %(last_before)s
            AND (%(campaign)s = '' OR campaign_id = %(campaign)s)
            AND (%(send)s = '' OR send_id = %(send)s)
            AND (%(canvas)s = '' OR canvas_id = %(canvas)s)
            AND channel = %(channel)s
            AND (%(every_variation)s OR variation_id = %(variation)s)
            AND (%(step)s = '' OR step_id = %(step)s))
