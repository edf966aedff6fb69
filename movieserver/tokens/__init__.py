"""Bearer tokens: JSON Web Tokens, the keys that check them, and the users that they name.

settings ─ configuration ─ a source of keys ─┐
token ─ verifier: header ─ key ─ signature ─ claims ─ the user
"""

from movieserver.tokens.configuration import AuthSettings, token_verifier
from movieserver.tokens.verifier import TokenVerifier

__all__ = ["AuthSettings", "TokenVerifier", "token_verifier"]
