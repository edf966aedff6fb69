"""The signature algorithms that tokens may have (RFC 7518, section 3; RFC 8037 for EdDSA)."""

SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
"""The minimum length of a secret for each algorithm, in bytes (RFC 7518, 3.2)."""
RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
"""The algorithms of an RSA key."""
CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
"""The algorithm of a key on each elliptic curve."""
SYMMETRIC = frozenset(SECRET_BYTES)
ASYMMETRIC = RSA | frozenset(CURVES.values()) | {"EdDSA"}
ALGORITHMS = SYMMETRIC | ASYMMETRIC
