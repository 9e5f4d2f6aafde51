/* series/messages/attribution: a failure may have left it. */
DROP TEMPORARY TABLE IF EXISTS tied
