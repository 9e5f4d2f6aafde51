/* ingest: how many usable events of a workspace the batch has, by day and type, copies of stored ones included. */
SELECT toInt32(toDate32(toDateTime(intDiv(time, 1000000), %(timezone)s))) AS day, type, count()
FROM batch
WHERE workspace = %(workspace)s
    AND reason = '' AND doubt != 'unknown type'
    AND id_hash BETWEEN %(first_hash)s AND %(last_hash)s
GROUP BY day, type
ORDER BY day
