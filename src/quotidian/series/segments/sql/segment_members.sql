/* series/segments: the users who fulfil enough of a segment's filters, by day. Filters are numbered from 1. Four lists
   have, at a filter's number, its kind, its subject ('' for any), the days that it looks back (the day itself included),
   and how many events it needs.
   "within > 0" is always true: ClickHouse 18.16 loses a column that only a lambda uses. */
INSERT INTO quotidian.members
SELECT asked, user
FROM
(
    SELECT user, asked
    FROM
    (
        SELECT
            user,
            filter,
            groupArray(day) AS event_days,
            arrayElement(%(within)s, filter) AS within,
            arrayElement(%(enough)s, filter) AS enough
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
                    (number, wanted_kind, wanted_subject) -> wanted_kind = kind
                        AND (wanted_subject = subject OR wanted_subject = ''),
                    arrayEnumerate(%(kinds)s), %(kinds)s, %(subjects)s)) AS filter
            FROM quotidian.events
            WHERE workspace = %(workspace)s
                AND type IN (%(types)s)
                AND day BETWEEN %(first_day)s AND %(last_day)s
                AND (type NOT IN (%(receipt_types)s) OR (channel != '' AND campaign_id != ''))
                AND (type != %(custom_event)s OR name != '')
        )
        GROUP BY user, filter
    )
    ARRAY JOIN %(days)s AS asked
    WHERE within > 0 AND arrayCount(happened -> happened > asked - within AND happened <= asked, event_days) >= enough
)
GROUP BY asked, user
HAVING count() >= %(needed)s
