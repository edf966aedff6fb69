"""The keys that check the tokens of a profile."""

import shlex
from typing import TYPE_CHECKING

from movieserver.clock import Clock
from movieserver.errors import ConfigurationError
from movieserver.profile.profile import Profile
from movieserver.settings import UnfitValue
from movieserver.tokens.secret import make_secret

if TYPE_CHECKING:
    from movieserver.tokens.verifier import TokenVerifier


def profile_verifier(
    profile: Profile, clock: Clock, *, makes_secret: bool
) -> "TokenVerifier | None":
    """The verifier of tokens; a profile with protected handlers and no key is refused.

    None if every handler is public or if, without ``makes_secret``, the first start has yet to make
    the secret. Refusals are ``ConfigurationError``.
    """
    protected = [use for use in profile.handlers if use.access == "token"]
    if not protected:
        return None
    # Only now: it loads the cryptography.
    from movieserver.tokens.configuration import token_verifier

    try:
        if makes_secret and profile.make_secret and profile.auth.source is None:
            make_secret(profile.data)
        verifier = token_verifier(profile.auth, profile.data, clock)
    except UnfitValue as error:
        raise profile.auth_places[error.name].mistake(str(error)) from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{profile.path}: {error}") from error
    if verifier is None and (makes_secret or not profile.make_secret):
        folder = shlex.quote(str(profile.data))
        raise protected[0].place.mistake(
            "needs a key to check tokens with, but there is none; set one under auth, or make "
            f"the data folder's secret: movieserver token --user NAME --data {folder}"
        )
    return verifier
