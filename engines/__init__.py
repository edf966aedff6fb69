"""Real servers to test against, started on loopback without Docker; see docs/engines.md."""
