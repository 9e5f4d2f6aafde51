/* series/messages: the elements of which gaps.sql counts users on some days: what each is, and the hash that it has there. */
WITH
    if(%(of_canvas)s, canvas_id, campaign_id) AS of_subject,
    if(%(of_canvas)s, step_id, variation_id) AS of_element
SELECT
    cityHash64(
        cityHash64(of_subject),
        arrayJoin(if(%(of_canvas)s OR send_id = '', [''], ['', toString(send_id)])) AS send,
        tupleElement(counted, 1),
        cityHash64(of_element),
        tupleElement(counted, 2)) AS hash,
    toString(any(of_subject)),
    any(send),
    any(tupleElement(counted, 1)),
    toString(any(of_element)),
    any(tupleElement(counted, 2))
FROM quotidian.events
ARRAY JOIN multiIf(
    type NOT IN (%(step_receipts)s), [(toString(channel), toString(type))],
    type NOT IN (%(unique_types)s), [(%(step)s, '')],
    [(toString(channel), toString(type)), (%(step)s, '')]) AS counted
WHERE workspace = %(workspace)s AND type IN (%(types)s) AND day IN (%(days)s)
    AND (%(every_campaign)s OR campaign_id IN (%(campaigns)s))
    AND (%(every_canvas)s OR canvas_id IN (%(canvases)s))
    AND of_subject != '' AND channel != ''
    AND (NOT %(of_canvas)s OR step_id != '')
GROUP BY hash
