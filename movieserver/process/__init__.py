"""The process itself: sockets, open files, stores being opened, start, stop, sibling processes."""
