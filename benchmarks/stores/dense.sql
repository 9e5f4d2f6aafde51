/* benchmarks/stores: message events of 60 days (or of %(days)s days), mostly of e-mail, and a few others.
   A block is 100 message events and 5 others: the table of kinds below says how many of each. Blocks go from day to day
   in order. Number `place` of a kind has thread `place`, one of a kind that follows e-mails has the thread of one of the
   60. All of a thread have one user and campaign; an event that follows comes so many seconds later on average. What
   would come after the last day is left out.
   campaign    100 of them; campaign-00 has a third of all e-mails, and the catalogue gives campaign-01 a window of 30 days
   user        any is as likely as any other. Users whose number is a multiple of 1,000 have no sessions on the last day
               and on that 40 days before, so that rows can post theirs
   id_rest     the second half of a UUID, whose first byte is 128 or more (create_events.sql); id_hash can be any number
   Days are those of UTC, in which benchmarks have their workspace. Columns not named are empty. */
INSERT INTO quotidian.events
(
    workspace, type, day, campaign_id, user, time, id_hash, id_rest, channel, variation_id, app_id, campaign_name,
    variation_name, conversion_index, price, currency, name, canvas_id, canvas_name, canvas_variation_id,
    canvas_variation_name
)
WITH
    %(events)s / 100 AS blocks,
    toInt64(%(last_day)s - %(days)s + 1 + intDiv(block * %(days)s, blocks)) AS first_day,
    cityHash64(block, root, thread, 'thread') AS hash,
    cityHash64(block, kind, place, 'event') AS own,
    hash %% %(users)s AS drawn,
    drawn + (drawn %% 1000 = 0 AND first_day IN (%(last_day)s, %(last_day)s - 40)) AS number,
    first_day * 86400 + intDiv(hash, 1000003) %% 86400 AS started,
    started + if(delay = 0, 0, 1 + toInt64(-delay * log((1 + own %% 1000003) / 1000004))) AS second,
    if(place_of_campaign %% 3 = 0, 0, 1 + intDiv(place_of_campaign, 3) %% 99) AS campaign_number,
    cityHash64(hash, 'campaign') AS place_of_campaign,
    if(channel != '' OR type = 'users.campaigns.Conversion', leftPad(toString(campaign_number), 2, '0'), '') AS campaign,
    toString(intDiv(place_of_campaign, 297) %% 2) AS variation,
    type = 'users.canvas.Entry' AS of_canvas
SELECT
    'default',
    type,
    toInt32(intDiv(second, 86400)) AS day,
    if(campaign = '', '', concat('campaign-', campaign)),
    sipHash128(concat('iuser-', toString(number))),
    second * 1000000,
    cityHash64(own, block, 'id'),
    concat(char(128 + own %% 64), substring(sipHash128(own, block), 10)),
    channel,
    if(campaign = '', '', concat('campaign-', campaign, '-', variation)),
    if(type = 'users.behaviors.app.SessionStart', concat('app-', toString(number %% 3)), ''),
    if(campaign = '', '', concat('Campaign ', campaign)),
    if(campaign = '', '', concat('Variation ', variation)),
    if(type = 'users.campaigns.Conversion', 0, 255),
    if(type = 'users.behaviors.Purchase', toDecimal128(500 + own %% 10000, 2) / 100, toDecimal128(0, 2)),
    if(type = 'users.behaviors.Purchase', 'USD', ''),
    multiIf(
        type = 'users.behaviors.CustomEvent', concat('event-', toString(own %% 10)),
        type = 'users.behaviors.Purchase', concat('product-', toString(own %% 50)),
        ''),
    if(of_canvas, 'canvas', ''),
    if(of_canvas, 'Canvas', ''),
    if(of_canvas, concat('variant-', variation), ''),
    if(of_canvas, concat('Variant ', variation), '')
FROM (SELECT toInt64(number) AS block FROM numbers(intDiv(%(events)s, 100))) AS blocks
CROSS JOIN
(
    -- `each`: how many a block; `root`, `threads`: the kind that this one follows, and how many of that there are.
    SELECT kind, type, root, delay, channel, place, intDiv(place * threads, each) AS thread
    FROM
    (
        SELECT *, arrayJoin(range(each)) AS place
        FROM values(
            'kind UInt8, type String, each UInt16, root String, threads UInt16, delay Int32, channel String',
            (0, 'users.messages.email.Send',        60, 'email',   60,      0, 'email'),
            (1, 'users.messages.email.Delivery',    20, 'email',   60,     20, 'email'),
            (2, 'users.messages.email.Open',        15, 'email',   60,  25000, 'email'),
            (3, 'users.messages.email.Click',        3, 'email',   60,  26000, 'email'),
            (4, 'users.campaigns.Conversion',        1, 'email',   60,  50400, ''),
            (5, 'users.behaviors.Purchase',          1, 'email',   60,  50700, ''),
            (6, 'users.behaviors.app.SessionStart',  3, 'session',  3,      0, ''),
            (7, 'users.behaviors.CustomEvent',       1, 'session',  3,    180, ''),
            (8, 'users.canvas.Entry',                1, 'canvas',   1,      0, ''))
    )
) AS events
WHERE day <= %(last_day)s
