/* ingest: records of some files of a batch that cannot be used, in the order of a dead letter's fields. */
SELECT
    workspace, file, if(type = '', '(none)', type), substringUTF8(id, 1, 200), reason, substringUTF8(record, 1, 10000) AS text
FROM batch
WHERE reason != '' AND file IN %(files)s
LIMIT %(most)s BY workspace, file
