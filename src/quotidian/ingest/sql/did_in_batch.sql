/* ingest: as series/segments/sql/did_on_days, from the new events. */
INSERT INTO quotidian.did
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
    FROM new_events
    WHERE type IN (%(types)s)
        AND (type NOT IN (%(receipt_types)s) OR (channel != '' AND campaign_id != ''))
        AND (type != %(custom_event)s OR name != '')
)
GROUP BY filter, user, day
