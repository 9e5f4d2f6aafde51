/* series/messages/attribution: conversions or purchases one by one, with their receipts: those of the timeline that count on
   some days, or by the day of their receipt, for the elements and the send that are asked for (the rest is '').
   Receipts are found as in attribute.sql, whose rows have no user. */
SELECT
    tupleElement(result, 1) AS time,
    tupleElement(result, 3) AS id,
    user,
    %(result)s AS event_type,
    if(has_receipt, tupleElement(receipt, 3), '') AS receipt_id,
    if(has_receipt, tupleElement(receipt, 1), 0) AS receipt_time,
    tupleElement(received, 2) AS receipt_place,
    tupleElement(received, 3) AS receipt_element,
    tupleElement(happened, 7) AS paid_in,
    tupleElement(happened, 8) AS paid
FROM
(
    SELECT
        user,
        result,
        receipt,
        tupleElement(result, 5) AS happened,
        receipts_so_far > 0 AND tupleElement(result, 1) - tupleElement(receipt, 1)
            <= transform(subject, %(window_subjects)s, %(windows)s, %(default_window)s) AS has_receipt,
        if(has_receipt, tupleElement(receipt, 5), happened) AS received
    FROM
    (
        SELECT
            any(of_thread) AS subject,
            user,
            receipts_so_far,
            anyIf(event, tupleElement(event, 4) = 1) AS receipt,
            groupArrayIf(event, tupleElement(event, 4) = 0) AS results
        FROM
        (
            SELECT
                thread,
                user,
                any(subject) AS of_thread,
                arraySort(groupArray((time, place_in_order, id, is_receipt,
                    (day, place, element, send, conversion_index, step, currency, price)))) AS events,
                arrayCumSum(event -> tupleElement(event, 4), events) AS receipts_so_far
            FROM timeline
            WHERE NOT is_receipt OR id != '' OR user NOT IN (SELECT user FROM tied)
            GROUP BY thread, user
            HAVING min(is_receipt) = 0
        )
        ARRAY JOIN events AS event, receipts_so_far
        GROUP BY thread, user, receipts_so_far
    )
    ARRAY JOIN results AS result
    WHERE %(needs_receipt)s = 0 OR has_receipt
)
WHERE if(%(by_receipt)s, tupleElement(received, 1), tupleElement(happened, 1)) BETWEEN %(counted_from)s AND %(counted_to)s
    AND tupleElement(happened, 5) = %(index)s
    AND (%(place)s = '' OR tupleElement(received, 2) = %(place)s)
    AND (%(every_element)s OR tupleElement(received, 3) = %(element)s)
    AND (%(of_send)s = '' OR tupleElement(received, 4) = %(of_send)s)
    AND (%(of_step)s = '' OR tupleElement(happened, 6) = %(of_step)s)
