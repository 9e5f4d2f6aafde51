"""How far a cluster reaches: calculated from what the row `cluster` measured of each part (measured.json)."""
