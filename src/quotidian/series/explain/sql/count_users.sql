/* series/explain: how many users had events. It is grouped, for that can spill to the disk. */
SELECT count() FROM (SELECT user FROM ({found}) GROUP BY user)
