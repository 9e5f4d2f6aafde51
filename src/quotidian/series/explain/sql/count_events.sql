/* series/explain: how many events there are, by what was paid. {found} is one of the statements that find events. */
SELECT paid_in, paid, count() FROM ({found}) GROUP BY paid_in, paid
