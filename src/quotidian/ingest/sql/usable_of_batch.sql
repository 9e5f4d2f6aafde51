/* ingest: how many usable events of a workspace the batch has, by day and type, copies of stored ones included.
   The day is made as in select_new. */
SELECT toInt32(toInt32(toDate(toDateTime(intDiv(time, 1000000) + (multiIf(time < 172800000000, 86400, time > 4294700000000000, -86400, 0) AS moved), %(timezone)s))) - intDiv(moved, 86400)) AS day, type, count()
FROM batch
WHERE workspace = %(workspace)s
    AND reason = '' AND doubt != 'unknown type'
    AND id_hash BETWEEN %(first_hash)s AND %(last_hash)s
GROUP BY day, type
ORDER BY day
