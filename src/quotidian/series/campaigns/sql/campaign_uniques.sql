/* series/campaigns: users with an event of a type on the day and none on the lookback - 1 days before it. */
SELECT campaign, send, active_day, channel, variation_id, type, count()
FROM
(
    SELECT
        toString(campaign_id) AS campaign,
        arrayJoin(if(send_id = '', [''], ['', toString(send_id)])) AS send,
        channel,
        variation_id,
        type,
        user,
        arraySort(groupUniqArray(day)) AS active_days
    FROM quotidian.events
    WHERE workspace = %(workspace)s
        AND type IN (%(types)s)
        AND day BETWEEN %(first_day)s - %(lookback)s + 1 AND %(last_day)s
        AND campaign_id != ''
    GROUP BY campaign, send, channel, variation_id, type, user
)
ARRAY JOIN active_days AS active_day, arrayDifference(active_days) AS since_last, arrayEnumerate(active_days) AS position
WHERE active_day IN (%(days)s) AND (position = 1 OR since_last >= %(lookback)s)
GROUP BY campaign, send, active_day, channel, variation_id, type
