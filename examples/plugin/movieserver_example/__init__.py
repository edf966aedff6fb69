"""Handlers, jobs and a backend for movieserver."""
