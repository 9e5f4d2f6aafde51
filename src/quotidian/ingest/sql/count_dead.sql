/* ingest: the records of a workspace that cannot be used, by day, type and reason, as arrivals. Those without a usable time
   are of today. What a file says must not make this long: types that are not known are one, and reasons are without times.
   The day is made as in select_new. */
SELECT
    if(time = 0, %(today)s, toInt32(toInt32(toDate(toDateTime(intDiv(time, 1000000) + (multiIf(time < 172800000000, 86400, time > 4294700000000000, -86400, 0) AS moved), %(timezone)s))) - intDiv(moved, 86400))) AS day,
    multiIf(type = '', %(no_type)s, type IN (%(known_types)s), type, %(other_types)s) AS name,
    replaceRegexpOne(reason, '^time .+ (is in the future|looks like [a-z]+).*', 'time \\1') AS kind,
    count()
FROM batch
WHERE workspace = %(workspace)s AND reason != ''
GROUP BY day, name, kind
