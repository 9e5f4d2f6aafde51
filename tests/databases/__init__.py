"""Real databases for tests, of Debian's packages, on loopback: PostgreSQL, Redis, ZooKeeper, ClickHouse.

Each can be stopped, killed, paused and started again on the same port and data. Fixtures are in `fixtures`.
"""
