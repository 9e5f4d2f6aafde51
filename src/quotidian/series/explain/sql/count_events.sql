/* series/explain: how many events one of the statements finds, by what was paid. */
SELECT paid_in, paid, count() FROM ({found}) GROUP BY paid_in, paid
