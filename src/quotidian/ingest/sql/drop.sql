/* ingest/staging: at once, so that another can have its name. */
DROP TABLE IF EXISTS {table}
