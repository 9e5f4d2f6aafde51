"""The event store on a ClickHouse cluster: shards that have users each, on replicas that have the same."""
