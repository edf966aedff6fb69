"""How a running server is, by what it says of itself; how stores are, where none runs."""
