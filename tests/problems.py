"""Answers that are errors."""

import requests


def refused(answer: requests.Response, status: int) -> str:
    """Check that an answer is a problem of ``status``; returns what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["message"] == problem["detail"]
    return str(problem["message"])
