/* series/segments: how many events those in the table did had of filters that need more than one, on the days in it, from
   all events of these days. */
INSERT INTO quotidian.counted_days
SELECT %(workspace)s, filter, user, day, maxState(times)
FROM
(
    SELECT filter, user, day, toUInt32(count()) AS times
    FROM
    (
        SELECT
            user,
            day,
            multiIf(
                type = %(session_start)s, 'active',
                type = %(custom_event)s, 'event',
                type = %(purchase)s, 'purchase',
                'received') AS kind,
            multiIf(kind = 'active', '', kind = 'received', toString(campaign_id), toString(name)) AS subject,
            arrayJoin(arrayFilter(
                (key, wanted_kind, wanted_subject) -> wanted_kind = kind
                    AND (wanted_subject = subject OR wanted_subject = ''),
                %(keys)s, %(kinds)s, %(subjects)s)) AS filter
        FROM quotidian.events
        WHERE workspace = %(workspace)s
            AND type IN (%(types)s)
            AND day IN (%(days)s)
            AND user IN (SELECT user FROM did WHERE filter IN (%(keys_in)s))
            AND (type NOT IN (%(receipt_types)s) OR (channel != '' AND campaign_id != ''))
            AND (type != %(custom_event)s OR name != '')
    )
    GROUP BY filter, user, day
)
GROUP BY filter, user, day
