/* benchmarks/stores: the events of a year (or of %(days)s days), in the proportions of the demo.
   A block is 1,000 events: the table of kinds below says how many of each. Blocks go from day to day in order.
   An event of a kind has a thread: number `place` of its kind has thread `place`, one of a kind that follows has the
   thread of one of the events of the kind it follows. All of a thread have one user, message and app; an event that
   follows comes so many seconds later on average. What would come after the last day is left out.
   user        users with small numbers are livelier: the number is the square of a uniform one. Users whose number is a
               multiple of 1,000 have no sessions on the last day and on that 40 days before, so that rows can post theirs
   id_rest     the second half of a UUID, whose first byte is 128 or more (create_events.sql); id_hash can be any number
   Days are those of UTC, in which benchmarks have their workspace. Columns not named are empty. */
INSERT INTO quotidian.events
(
    workspace, type, day, campaign_id, user, time, id_hash, id_rest, channel, variation_id, app_id, campaign_name,
    variation_name, details, conversion_index, price, currency, name, canvas_id, canvas_name, canvas_variation_id,
    canvas_variation_name, step_id, step_name
)
WITH
    %(events)s / 1000 AS blocks,
    toInt64(%(last_day)s - %(days)s + 1 + intDiv(block * %(days)s, blocks)) AS first_day,
    cityHash64(block, root, thread, 'thread') AS hash,
    cityHash64(block, kind, place, 'event') AS own,
    toUInt64(floor(%(users)s * pow((hash %% 1000003) / 1000003, 2))) AS drawn,
    drawn + (drawn %% 1000 = 0 AND first_day IN (%(last_day)s, %(last_day)s - 40)) AS number,
    first_day * 86400 + intDiv(hash, 1000003) %% 86400 AS started,
    started + if(delay = 0, 0, 1 + toInt64(-delay * log((1 + own %% 1000003) / 1000004))) AS second,
    startsWith(type, 'users.messages.') AS is_message,
    concat(root, '-', toString(intDiv(hash, 7) %% 4)) AS campaign,
    intDiv(hash, 28) %% 2 AS variation,
    of_canvas = 0 AND (is_message OR startsWith(type, 'users.campaigns.')) AS of_campaign,
    intDiv(hash, 56) %% 3 AS step
SELECT
    'default',
    type,
    toInt32(intDiv(second, 86400)) AS day,
    if(of_campaign, campaign, ''),
    sipHash128(concat('iuser-', toString(number))),
    second * 1000000,
    cityHash64(own, block, 'id'),
    concat(char(128 + own %% 64), substring(sipHash128(own, block), 10)),
    multiIf(channel = 'push', if(intDiv(hash, 168) %% 2, 'ios_push', 'android_push'), channel),
    if(of_campaign, concat(campaign, '-', if(channel = 'control', 'control', toString(variation))), ''),
    if(root = 'session', concat('app-', toString(number %% 3)), ''),
    if(of_campaign, concat('Campaign ', campaign), ''),
    if(of_campaign, if(channel = 'control', 'Control group', concat('Variation ', toString(variation))), ''),
    multiIf(
        type = 'users.messages.pushnotification.Open', ['without_button'],
        type = 'users.messages.inappmessage.Click', ['first_button'],
        []),
    if(endsWith(type, '.Conversion'), 0, 255),
    if(type = 'users.behaviors.Purchase', toDecimal128(500 + own %% 10000, 2) / 100, toDecimal128(0, 2)),
    if(type = 'users.behaviors.Purchase', 'USD', ''),
    multiIf(
        type = 'users.behaviors.CustomEvent', concat('event-', toString(own %% 10)),
        type = 'users.behaviors.Purchase', concat('product-', toString(own %% 50)),
        ''),
    if(of_canvas, 'canvas', ''),
    if(of_canvas, 'Canvas', ''),
    if(of_canvas, concat('variant-', toString(variation)), ''),
    if(of_canvas, concat('Variant ', toString(variation)), ''),
    if(of_canvas AND is_message, concat('step-', toString(step)), ''),
    if(of_canvas AND is_message, concat('Step ', toString(step)), '')
FROM (SELECT toInt64(number) AS block FROM numbers(intDiv(%(events)s, 1000))) AS blocks
CROSS JOIN
(
    -- `each`: how many a block; `root`, `threads`: the kind that this one follows, and how many of that there are.
    SELECT kind, type, root, delay, channel, of_canvas, place, intDiv(place * threads, each) AS thread
    FROM
    (
        SELECT *, arrayJoin(range(each)) AS place
        FROM values(
            'kind UInt8, type String, each UInt16, root String, threads UInt16, delay Int32, channel String, of_canvas UInt8',
            ( 0, 'users.behaviors.app.SessionStart',       161, 'session', 161,      0, '', 0),
            ( 1, 'users.behaviors.app.SessionEnd',         155, 'session', 161,    360, '', 0),
            ( 2, 'users.behaviors.app.FirstSession',         2, 'session', 161,      1, '', 0),
            ( 3, 'users.behaviors.CustomEvent',            112, 'session', 161,    180, '', 0),
            ( 4, 'users.behaviors.Purchase',                 5, 'session', 161,    240, '', 0),
            ( 5, 'users.behaviors.Uninstall',                1, 'session', 161,  86400, '', 0),
            ( 6, 'users.messages.pushnotification.Send',   121, 'push',    121,      0, 'push', 0),
            ( 7, 'users.messages.pushnotification.Open',     9, 'push',    121,   7200, 'push', 0),
            ( 8, 'users.messages.pushnotification.Bounce',   3, 'push',    121,     20, 'push', 0),
            ( 9, 'users.messages.email.Send',              115, 'email',   115,      0, 'email', 0),
            (10, 'users.messages.email.Delivery',          111, 'email',   115,     20, 'email', 0),
            (11, 'users.messages.email.Open',               50, 'email',   115,  25000, 'email', 0),
            (12, 'users.messages.email.Click',               9, 'email',   115,  26000, 'email', 0),
            (13, 'users.messages.email.SoftBounce',          2, 'email',   115,     20, 'email', 0),
            (14, 'users.messages.email.Bounce',              1, 'email',   115,     20, 'email', 0),
            (15, 'users.messages.contentcard.Send',         38, 'cards',    38,      0, 'content_cards', 0),
            (16, 'users.messages.contentcard.Impression',   30, 'cards',    38,  72000, 'content_cards', 0),
            (17, 'users.messages.contentcard.Click',         2, 'cards',    38,  80000, 'content_cards', 0),
            (18, 'users.messages.contentcard.Dismiss',       3, 'cards',    38,  80000, 'content_cards', 0),
            (19, 'users.messages.inappmessage.Impression',  19, 'in_app',   19,      0, 'trigger_in_app_message', 0),
            (20, 'users.messages.inappmessage.Click',        4, 'in_app',   19,      8, 'trigger_in_app_message', 0),
            (21, 'users.messages.webhook.Send',             16, 'webhook',  16,      0, 'webhook', 0),
            (22, 'users.messages.sms.Send',                  1, 'sms',       1,      0, 'sms', 0),
            (23, 'users.messages.sms.Delivery',              1, 'sms',       1,     10, 'sms', 0),
            (24, 'users.messages.whatsapp.Send',             1, 'whatsapp',  1,      0, 'whats_app', 0),
            (25, 'users.campaigns.EnrollInControl',          8, 'email',   115,      0, 'control', 0),
            (26, 'users.campaigns.Conversion',               5, 'email',   115,  50400, '', 0),
            (27, 'users.campaigns.Conversion',               3, 'push',    121,  50400, '', 0),
            (28, 'users.behaviors.Purchase',                 3, 'email',   115,  50700, '', 0),
            (29, 'users.behaviors.Purchase',                 2, 'push',    121,  50700, '', 0),
            (30, 'users.canvas.Entry',                       2, 'canvas',    2,      0, '', 1),
            (31, 'users.messages.email.Send',                2, 'canvas',    2,   3600, 'email', 1),
            (32, 'users.messages.email.Delivery',            2, 'canvas',    2,   3620, 'email', 1),
            (33, 'users.canvas.Conversion',                  1, 'canvas',    2, 108000, '', 1))
    )
) AS events
WHERE day <= %(last_day)s
