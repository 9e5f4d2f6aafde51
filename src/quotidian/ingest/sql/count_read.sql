/* ingest: what was read, a row for each (type, fate); types are those that are named. The values of times are left out of
   reasons: what a file says must not make this long. */
SELECT
    multiIf(type = '', '(none)', type IN (%(named)s), type, '(others)') AS name,
    multiIf(reason != '', replaceRegexpOne(reason, '^time .+ (is in the future|looks like .+ expected).*', 'time \\1'), doubt = 'unknown type', doubt, '') AS fate,
    count()
FROM batch
GROUP BY name, fate
