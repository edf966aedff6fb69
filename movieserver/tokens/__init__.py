"""Bearer tokens: JSON Web Tokens, the keys they are checked with, and whose they are.

settings ─ configuration ─ a source of keys ─┐
token ─ verifier: header ─ key ─ signature ─ claims ─ the user
"""

from movieserver.tokens.configuration import AuthSettings, token_verifier
from movieserver.tokens.verifier import TokenVerifier

__all__ = ["AuthSettings", "TokenVerifier", "token_verifier"]
