/* ingest: the records of a workspace that cannot be used, by day, type and reason, as arrivals. Those without a usable time
   are of today. What a file says must not make this long: types that are not known are one, and reasons are without times. */
SELECT
    if(time = 0, %(today)s, toInt32(toDate32(toDateTime(intDiv(time, 1000000), %(timezone)s)))) AS day,
    multiIf(type = '', %(no_type)s, type IN (%(known_types)s), type, %(other_types)s) AS name,
    replaceRegexpOne(reason, '^time .+ (is in the future|looks like [a-z]+).*', 'time \\1') AS kind,
    count()
FROM batch
WHERE workspace = %(workspace)s AND reason != ''
GROUP BY day, name, kind
