"""The state of a running server, according to itself; the state of stores, server or not."""
