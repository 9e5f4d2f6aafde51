"""The inbox: what was acknowledged over HTTP, on disk until the event store has it."""
