/* series/messages/attribution: purchases by what their receipts are of and by currency, and how many have which price.
   What has which receipt says attribute.sql, which is put in. */
SELECT
    subject,
    tupleElement(what_happened, 1) AS bought_day,
    tupleElement(what_was_received, 2) AS place,
    tupleElement(what_was_received, 3) AS element,
    tupleElement(what_was_received, 4) AS send,
    tupleElement(what_happened, 7) AS currency,
    groupArray((tupleElement(what_happened, 8), number))
FROM
(
{attribute}
)
GROUP BY subject, bought_day, place, element, send, currency
