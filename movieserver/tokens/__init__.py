"""Bearer tokens: JSON Web Tokens, the keys that check them, and the users that they name.

settings ─ configuration ─ a source of keys ─┐
token ─ verifier: header ─ key ─ signature ─ claims ─ the user

Only the settings are loaded for every profile: the cryptography behind the rest takes 10 MB and a
fifth of a start, which a profile without protected handlers saves.
"""

from movieserver.tokens.settings import AuthSettings

__all__ = ["AuthSettings"]
