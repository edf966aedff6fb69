"""What only real brokers show: their death, their settings, their locks, others' messages."""
