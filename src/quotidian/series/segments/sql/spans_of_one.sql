/* series/segments: when those in the table did fulfil filters that one event is enough for. Lists have, at a filter's place,
   its key, and the days that it looks back (the day itself included), 0 for ever. */
INSERT INTO spans
SELECT
    filter,
    user,
    day AS first,
    if(transform(filter, %(keys)s, %(within)s, 0) = 0, %(for_ever)s, day + transform(filter, %(keys)s, %(within)s, 0) - 1) AS last
FROM did
WHERE filter IN (%(keys_in)s)
