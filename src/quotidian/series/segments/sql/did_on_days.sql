/* series/segments: who had an event of which filter, from the events of some days and of users whose hash begins so.
   Three lists have, at a filter's place, its key, its kind, and its subject ('' for any).
   {events} is quotidian.events, or new_events as a batch is stored. */
INSERT INTO did
SELECT filter, user, day
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
            (key, wanted_kind, wanted_subject) ->
                (wanted_kind = kind OR (wanted_kind = 'acted' AND (kind = 'active' OR kind = 'event')))
                AND (wanted_subject = subject OR wanted_subject = ''),
            %(keys)s, %(kinds)s, %(subjects)s)) AS filter
    FROM {events}
    WHERE workspace = %(workspace)s
        AND type IN (%(types)s)
        AND day IN (%(days)s)
        AND reinterpretAsUInt8(user) BETWEEN %(first_byte)s AND %(last_byte)s
        AND (type NOT IN (%(receipt_types)s) OR (channel != '' AND campaign_id != ''))
        AND (type != %(custom_event)s OR name != '')
)
GROUP BY filter, user, day
