"""The processes of `serve`: workers that answer, an engine that computes, and a watchdog that keeps both running."""
