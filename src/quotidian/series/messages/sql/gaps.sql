/* series/messages: gap histograms of each element: users by day and by days since they last had such an event. A gap of
   cap means cap days or more, or never before (see activity_gaps.sql); smaller ones are left out unless every gap is wanted.
   Only users who had such an event on the days asked for are looked at.
   The cap of an element is that of its type, and of each type no more days are read than it looks back. Both look-backs are in
   one statement, for to understand it takes longer than to read a day.
   An event counts under its channel and type, if a unique statistic counts that type. A receipt of a canvas's step also
   counts under place %(step)s and type '': these are the step's recipients.
   Elements are hashes of what gap_elements.sql says of them: to group users by texts takes longer. */
SELECT
    element,
    active_day,
    if(position = 1, cap, least(since_last, cap)) AS gap,
    count()
FROM
(
    SELECT
        cityHash64(
            cityHash64(if(%(of_canvas)s, canvas_id, campaign_id)),
            arrayJoin(if(%(of_canvas)s OR send_id = '', [''], ['', toString(send_id)])),
            tupleElement(counted, 1),
            cityHash64(if(%(of_canvas)s, step_id, variation_id)),
            tupleElement(counted, 2)) AS element,
        user,
        any(if(type IN (%(longer_types)s), %(longer)s, %(shorter)s)) AS cap,
        arraySort(groupUniqArray(day)) AS active_days
    FROM quotidian.events
    ARRAY JOIN multiIf(
        type NOT IN (%(step_receipts)s), [(toString(channel), toString(type))],
        type NOT IN (%(unique_types)s), [(%(step)s, '')],
        [(toString(channel), toString(type)), (%(step)s, '')]) AS counted
    PREWHERE user IN (
        SELECT user FROM quotidian.events
        WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day IN (%(days)s)
            AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
            AND (%(every_canvas)s OR canvas_id IN (%(canvases)s)))
    WHERE workspace = %(workspace)s
        AND (type IN (%(shorter_types)s) AND day BETWEEN %(first_day)s - %(shorter)s + 1 AND %(last_day)s
            OR type IN (%(longer_types)s) AND day BETWEEN %(first_day)s - %(longer)s + 1 AND %(last_day)s)
        AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
        AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
        AND if(%(of_canvas)s, canvas_id, campaign_id) != '' AND channel != ''
        AND (NOT %(of_canvas)s OR step_id != '')
    GROUP BY element, user
)
ARRAY JOIN active_days AS active_day, arrayDifference(active_days) AS since_last, arrayEnumerate(active_days) AS position
WHERE active_day IN (%(days)s) AND (%(every_gap)s OR gap = cap)
GROUP BY element, active_day, gap
