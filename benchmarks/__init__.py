"""What movieserver can do on this machine, measured: ``bin/bench``; see docs/performance.md."""
