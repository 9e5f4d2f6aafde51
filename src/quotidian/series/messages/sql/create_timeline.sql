/* series/messages/attribution: of each user and subject, receipts and what may belong to them: conversions, or purchases.
   thread          a hash of the subject and of what its receipts are told apart by; only those of a thread are looked at
   place_in_order  of what happened at one instant, this comes first
   id              a receipt's is left out where nothing depends on it
   A receipt has the day, place, element and send that it is of; a conversion its index and step; a purchase what was paid, as
   text because ClickHouse 18.16 crashes on decimals in groupArray. */
CREATE TEMPORARY TABLE timeline
(
    thread UInt64,
    user FixedString(16),
    subject String,
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
