"""Imports lists of films and histories of rates from files that people have."""
