/* series/experiments: distinct users who received each variation of a campaign on some days, over all channels, control groups
   apart; and of those who received several variations, how many are told with this one, each being told with one.
   Half of what uniqExact takes, which makes a hash of every receipt's user. */
SELECT
    tupleElement(received, 1) AS of_control,
    tupleElement(received, 2) AS variation,
    count(),
    countIf(number = 1 AND length(each_received) > 1)
FROM
(
    SELECT
        user,
        groupUniqArray((channel = %(control)s, CAST(variation_id AS String))) AS each_received,
        arrayEnumerate(each_received) AS numbers
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
        AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s AND channel != ''
        AND cityHash64(user) %% %(chunks)s = %(chunk)s
    GROUP BY user
)
ARRAY JOIN each_received AS received, numbers AS number
GROUP BY of_control, variation
