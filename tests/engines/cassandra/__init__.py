"""What only a real Cassandra shows."""
