/* series/experiments: what users with a receipt of a variation paid, of the purchases that one statement finds: how many users
   paid just the same, each list of theirs with its currencies and prices as text. Most lists are short, and many are equal. */
SELECT of_control, variation, paid, count()
FROM
(
    SELECT
        receipt_place = %(control)s AS of_control,
        receipt_element AS variation,
        user,
        arraySort(groupArray(concat(paid_in, ' ', paid))) AS paid
    FROM ({attributed})
    GROUP BY of_control, variation, user
)
GROUP BY of_control, variation, paid
