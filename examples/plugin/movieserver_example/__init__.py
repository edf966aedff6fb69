"""A handler, a job and a backend for movieserver."""
