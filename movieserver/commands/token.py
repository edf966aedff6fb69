"""Print a token for a user, signed with the data folder's secret, which is made if absent."""

import argparse

from movieserver.clock import SystemClock
from movieserver.commands.options import add_profile_options, check_user, profile_of
from movieserver.errors import ConfigurationError
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument("--user", required=True, help="the user (the token's sub)")
    parser.add_argument(
        "--hours", type=float, default=24.0, help="how long the token is valid [24]"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the token."""
    check_user(arguments.user)
    if not 0 < arguments.hours <= 24 * 3650:
        raise ConfigurationError("--hours: must be more than 0, and at most 87600")
    profile = profile_of(arguments)
    if source := profile.auth.source:
        raise profile.auth_places[source].mistake(
            "found a source of keys, whose owner issues the tokens of this profile; "
            "allowed for this command: none, so that the data folder's secret is used"
        )
    secret = make_secret(profile.data)
    print(issue_token(secret, arguments.user, arguments.hours * 3600, SystemClock()))
    return 0
