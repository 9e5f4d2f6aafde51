/* series/segments: who fulfils enough of a segment's filters on which days. A filter is its number: its kind, subject
   ('' for any), days that it looks back, the day itself included, and how many events it wants are at that place of four
   lists. ClickHouse 18.16 does not see that a lambda needs a column, unless something else does: so within > 0. */
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
