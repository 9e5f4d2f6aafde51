/* series/messages/attribution: users who have different receipts at one instant: of these, ids say which is the latest. Few users
   have, and to read the ids of all receipts takes longer than all the rest of them. Their receipts without ids count no longer
   (attribute.sql, attributed.sql). */
INSERT INTO tied
SELECT DISTINCT user
FROM
(
    SELECT user, min(cityHash64(place, element, send)) AS least, max(cityHash64(place, element, send)) AS greatest
    FROM timeline
    WHERE is_receipt
    GROUP BY thread, user, time
    HAVING least != greatest
)
