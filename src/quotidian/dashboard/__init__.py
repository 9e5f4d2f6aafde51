"""Pages for people who would rather look than read, from the same numbers as the API."""
