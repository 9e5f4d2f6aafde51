/* series/explain: the events by which members of a segment fulfil its filters on a day. Lists have, at a filter's place, its
   key, its kind, its subject ('' for any), and the first day of its window. */
SELECT
    time, id, user, event_type, '' AS receipt_id, toInt64(0) AS receipt_time, '' AS paid_in, '' AS paid
FROM
(
    SELECT
        time,
        id,
        user,
        toString(type) AS event_type,
        day,
        multiIf(
            type = %(session_start)s, 'active',
            type = %(custom_event)s, 'event',
            type = %(purchase)s, 'purchase',
            'received') AS kind,
        multiIf(kind = 'active', '', kind = 'received', toString(campaign_id), toString(name)) AS subject,
        arrayJoin(arrayFilter(
            (key, wanted_kind, wanted_subject, first) -> wanted_kind = kind AND day >= first
                AND (wanted_subject = subject OR wanted_subject = ''),
            %(keys)s, %(kinds)s, %(subjects)s, %(firsts)s)) AS filter
    FROM quotidian.events
    WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day BETWEEN %(first_day)s AND %(last_day)s
        AND (type NOT IN (%(receipt_types)s) OR (channel != '' AND campaign_id != ''))
        AND (type != %(custom_event)s OR name != '')
)
WHERE (user, filter) IN (SELECT user, filter FROM ({fulfilling}) ARRAY JOIN filters AS filter)
/* An event may be one of several filters. */
GROUP BY time, id, user, event_type
