/* move: the partitions of the events, and how many events each has. Adds up over shards. */
SELECT intDiv(day, 30) AS partition, count() AS events
FROM quotidian.events
GROUP BY partition
