"""The engine: the one process that has the event store, drains the inbox, loads files and rolls up."""
