"""What is measured on Kafka, Cassandra and PostgreSQL: ``bin/bench cassandra kafka freshness``."""
