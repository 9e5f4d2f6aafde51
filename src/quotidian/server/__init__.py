"""The server: workers that answer, an engine that computes, and who keeps them running."""
