/* series/explain: an answer must not take what the rest of the engine needs. */
SET max_execution_time = %(seconds)s, max_memory_usage = %(memory)s
