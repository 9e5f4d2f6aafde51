/* ingest: the most frequent of the types that are not known: what a file says must not make this long. */
SELECT type, count() FROM batch WHERE type NOT IN (%(known_types)s)
GROUP BY type ORDER BY count() DESC, type LIMIT %(most)s
