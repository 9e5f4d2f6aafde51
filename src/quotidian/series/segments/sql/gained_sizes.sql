/* series/segments: on which days anybody fulfils a filter anew: bits by block, and in the endless block from a day until another. */
SELECT filter, block, groupBitOr(days), min(since), max(before) FROM gained GROUP BY filter, block
