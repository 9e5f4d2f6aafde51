/* series/messages/attribution: each conversion or purchase with its receipt: the latest one before it in the same thread, of the
   same user, at most a window earlier; among receipts at one instant, the one with the largest id.
   Everything of a thread and user is sorted by time. The number of receipts so far then tells which receipt each
   conversion or purchase belongs to. Cost grows with events, not with pairs of them. No row depends on two users, so results
   add up over shards.
   A row: what happened, whether it has a receipt, and the receipt (without one, what happened again), and how many there are.
   What an event says is one text on the way, and made a tuple again of what is counted: sorting and grouping tuples took
   twice the time in all. */
SELECT
    subject,
    (
        toInt32(happened[1]), happened[2], happened[3], happened[4],
        toUInt8(happened[5]), happened[6], happened[7], happened[8]) AS what_happened,
    has_receipt,
    (
        toInt32(received[1]), received[2], received[3], received[4],
        toUInt8(received[5]), received[6], received[7], received[8]) AS what_was_received,
    number
FROM
(
    SELECT
        subject,
        CAST(said AS Array(String)) AS happened,
        has_receipt,
        CAST(receipt_said AS Array(String)) AS received,
        number
    FROM
    (
        SELECT
            subject,
            tupleElement(result, 2) AS said,
            receipts_so_far > 0 AND tupleElement(result, 1) - received_at
                <= transform(subject, %(window_subjects)s, %(windows)s, %(default_window)s) AS has_receipt,
            if(has_receipt, receipt, said) AS receipt_said,
            count() AS number
        FROM
        (
            SELECT
                any(of_thread) AS subject,
                receipts_so_far,
                anyIf(tupleElement(event, 1), tupleElement(event, 4) = 1) AS received_at,
                anyIf(tupleElement(event, 5), tupleElement(event, 4) = 1) AS receipt,
                groupArrayIf((tupleElement(event, 1), tupleElement(event, 5)), tupleElement(event, 4) = 0) AS results
            FROM
            (
                SELECT
                    thread,
                    user,
                    any(subject) AS of_thread,
                    arraySort(groupArray((time, place_in_order, id, is_receipt, toString(
                        [toString(day), place, element, send, toString(conversion_index), step, currency, price])))) AS events,
                    arrayCumSum(event -> tupleElement(event, 4), events) AS receipts_so_far
                FROM timeline
                WHERE NOT is_receipt OR id != '' OR user NOT IN (SELECT user FROM tied)
                GROUP BY thread, user
                /* Some receipts have no conversion with their variation. */
                HAVING min(is_receipt) = 0
            )
            ARRAY JOIN events AS event, receipts_so_far
            GROUP BY thread, user, receipts_so_far
        )
        ARRAY JOIN results AS result
        WHERE %(needs_receipt)s = 0 OR has_receipt
        GROUP BY subject, said, has_receipt, receipt_said
    )
)
