/* ingest: what was read, a row for each (type, fate). */
SELECT
    if(type = '', '(none)', type) AS name,
    multiIf(reason != '', reason, doubt = 'unknown type', doubt, '') AS fate,
    count()
FROM quotidian.batch
GROUP BY name, fate
