/* series/experiments: distinct users with a conversion whose receipt is of a variation, of those that one statement finds. */
SELECT receipt_place = %(control)s AS of_control, receipt_element, uniqExact(user)
FROM ({attributed})
GROUP BY of_control, receipt_element
