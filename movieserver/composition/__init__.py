"""The composition root: a profile becomes stores, memory, keys, handlers and their router."""
