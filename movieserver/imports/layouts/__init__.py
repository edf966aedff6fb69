"""The layouts that files come in, one module each."""
