"""Measures what movieserver can do on this machine: ``bin/bench``; see docs/performance.md."""
