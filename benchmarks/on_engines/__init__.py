"""Benchmarks on Kafka, Cassandra and PostgreSQL: ``bin/bench cassandra kafka freshness outage``."""
