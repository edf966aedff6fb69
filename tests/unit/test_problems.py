"""Errors as clients see them."""

from movieserver.handlers.problems import unauthorized


def test_the_reason_of_a_refusal_fits_between_the_quotation_marks_of_a_header() -> None:
    problem = unauthorized('its iss is not C:\\"é"')
    challenge = problem.headers["WWW-Authenticate"]
    assert challenge.endswith(", error_description=\"its iss is not C:/'?'\"")
    assert problem.detail == 'The bearer token is refused: its iss is not C:\\"é".'
