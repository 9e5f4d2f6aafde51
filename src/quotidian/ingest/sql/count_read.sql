/* ingest: what was read, a row for each (type, fate). The values of times are left out of reasons, and of the types that are
   not known only the most frequent ones are named: what a file says must not make this long. */
WITH
    (
        SELECT groupArray(type)
        FROM (
            SELECT type FROM batch WHERE type NOT IN (%(known_types)s)
            GROUP BY type ORDER BY count() DESC, type LIMIT %(most_unknown)s
        )
    ) AS named
SELECT
    multiIf(type = '', '(none)', type IN (%(known_types)s) OR has(named, type), type, '(others)') AS name,
    multiIf(reason != '', replaceRegexpOne(reason, '^time .+ (is in the future|looks like .+ expected).*', 'time \\1'), doubt = 'unknown type', doubt, '') AS fate,
    count()
FROM batch
GROUP BY name, fate
