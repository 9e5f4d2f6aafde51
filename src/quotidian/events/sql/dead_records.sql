/* events/ingest: the records of a batch that cannot be used, with the file they came from. */
SELECT workspace, file, if(type = '', '(none)', type), reason, substring(id, 1, 200), substringUTF8(record, 1, 10000)
FROM quotidian.batch
WHERE reason != ''
LIMIT %(limit)s OFFSET %(offset)s
