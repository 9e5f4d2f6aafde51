"""The pages: each reads what its template shows."""
