"""Requests that nobody would think of, made from /openapi.json by Schemathesis."""
