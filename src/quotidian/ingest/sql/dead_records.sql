/* ingest: the records of a batch that cannot be used, in the order of a dead letter's fields. */
SELECT
    workspace, file, if(type = '', '(none)', type), substringUTF8(id, 1, 200), reason, substringUTF8(record, 1, 10000) AS text
FROM batch
WHERE reason != ''
ORDER BY file, id, text
LIMIT %(offset)s, %(limit)s
