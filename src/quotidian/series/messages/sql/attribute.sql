/* series/messages/attribution: each conversion or purchase with its receipt: the latest one before it with the same subject,
   user and key, at most a window earlier; among receipts at one instant, the one with the largest id.
   Everything of a subject, user and key is sorted by time. The number of receipts so far then tells which receipt each
   conversion or purchase belongs to. Cost grows with events, not with pairs of them. No row depends on two users, so results
   add up over shards.
   A row: what happened, whether it has a receipt, and the receipt (without one, what happened again), and how many there are.
   They are whole tuples because ClickHouse takes a millisecond to analyse each expression over such subqueries. */
SELECT
    subject,
    tupleElement(result, 5) AS happened,
    receipts_so_far > 0 AND tupleElement(result, 1) - tupleElement(receipt, 1)
        <= transform(subject, %(window_subjects)s, %(windows)s, %(default_window)s) AS has_receipt,
    if(has_receipt, tupleElement(receipt, 5), happened) AS received,
    count()
FROM
(
    SELECT
        subject,
        receipts_so_far,
        anyIf(event, tupleElement(event, 4) = 1) AS receipt,
        groupArrayIf(event, tupleElement(event, 4) = 0) AS results
    FROM
    (
        SELECT
            subject,
            user,
            key,
            arraySort(groupArray((time, place_in_order, id, is_receipt,
                (day, place, element, send, conversion_index, step, currency, price)))) AS events,
            arrayCumSum(event -> tupleElement(event, 4), events) AS receipts_so_far
        FROM timeline
        GROUP BY subject, user, key
        /* Half of the receipts have no conversion with their variation. */
        HAVING min(is_receipt) = 0
    )
    ARRAY JOIN events AS event, receipts_so_far
    GROUP BY subject, user, key, receipts_so_far
)
ARRAY JOIN results AS result
WHERE %(needs_receipt)s = 0 OR has_receipt
GROUP BY subject, happened, has_receipt, received
