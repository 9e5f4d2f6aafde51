/* series/messages/attribution: of each user and subject, receipts and what may belong to them: conversions, or purchases.
   key             only receipts with the same key are looked at
   place_in_order  of what happened at one instant, this comes first
   A receipt has the day, place, element and send that it is of; a conversion its index and step; a purchase what was paid, as
   text because ClickHouse 18.16 crashes on decimals in groupArray. */
CREATE TEMPORARY TABLE timeline
(
    subject String,
    user FixedString(16),
    key String,
    time Int64,
    place_in_order UInt8,
    id String,
    is_receipt UInt8,
    day Int32,
    place String,
    element String,
    send String,
    conversion_index UInt8,
    step String,
    currency String,
    price String
)
