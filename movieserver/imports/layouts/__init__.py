"""The layouts that files come in, a module each."""
