/* benchmarks/metered: so many sessions of one day, as ingest would have stored them, to measure what comparing new events with
   them takes. */
INSERT INTO quotidian.events (workspace, type, day, user, time, id_hash)
SELECT
    'default', 'users.behaviors.app.SessionStart', toInt32(%(day)s), sipHash128(toString(number)),
    toInt64((%(day)s * 86400 + number %% 86400) * 1000000), number * 11400714819323198485
FROM system.numbers LIMIT %(events)s
