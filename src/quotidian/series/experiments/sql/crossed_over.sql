/* series/experiments: users who received more than one of the variations of recipients.sql: their least is not their greatest. */
SELECT count()
FROM
(
    SELECT user
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type IN (%(receipt_types)s)
        AND day BETWEEN %(received_from)s AND %(received_to)s AND campaign_id = %(campaign)s AND channel != ''
        AND cityHash64(user) %% %(chunks)s = %(chunk)s
    GROUP BY user
    HAVING min(concat(toString(channel = %(control)s), CAST(variation_id AS String)))
        != max(concat(toString(channel = %(control)s), CAST(variation_id AS String)))
)
