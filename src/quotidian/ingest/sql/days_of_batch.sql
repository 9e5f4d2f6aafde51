/* ingest: the days of the usable events of a workspace. */
SELECT DISTINCT toInt32(toDate32(toDateTime(intDiv(time, 1000000), %(timezone)s))) AS day
FROM batch
WHERE workspace = %(workspace)s
    AND reason = '' AND doubt != 'unknown type'
    AND id_hash BETWEEN %(first_hash)s AND %(last_hash)s
ORDER BY day
