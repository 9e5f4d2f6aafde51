/* ingest: how many records of each file of a batch cannot be used, by their reasons without times. */
SELECT
    workspace, file, replaceRegexpOne(reason, '^time .+ (is in the future|looks like [a-z]+).*', 'time \\1') AS kind, count()
FROM batch
WHERE reason != ''
GROUP BY workspace, file, kind
