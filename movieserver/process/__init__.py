"""The process itself: its sockets, files and stores, its start, its end, and those beside it."""
