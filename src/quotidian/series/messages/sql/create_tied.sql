/* series/messages/attribution: users of the timeline of whom receipts are added again, with ids (find_tied.sql). */
CREATE TEMPORARY TABLE tied (user FixedString(16))
