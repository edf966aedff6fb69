"""A server for films: Best Picture nominees, users' rates, and the ten best rated."""

__version__ = "0.1.0"
