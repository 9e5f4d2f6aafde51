"""Moving the stores to where there is more room, and back: events to a cluster, series to another database."""
