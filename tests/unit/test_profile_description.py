"""What a profile would run, as it is described."""

from pathlib import Path

import pytest

from movieserver.composition.check_report import describe
from movieserver.errors import ConfigurationError
from movieserver.handlers import Resource
from movieserver.jobs.refresh_view import RefreshView
from movieserver.profile import Profile
from movieserver.services import Services
from movieserver.tokens.secret import make_secret
from tests.unit.small_profile import SMALL, read


def test_the_description_says_what_would_run(folder: Path) -> None:
    jobs = "jobs:\n  refresh_top10: {period: 0.5}\n  refresh_weighted:\n"
    text = SMALL + "  top10: {access: public, limit: {requests: 9}}\n" + jobs
    url = "sqlite:///m?password=hunter2"
    lines = describe(read(text + f"stores: {{movies: '{url}'}}\n")).splitlines()
    assert lines == [
        "profile  small, from p.yaml",
        "listen   127.0.0.1:0, 1 process",
        f"data     {folder}/movieserver-data",
        "keys     none needed: every handler is public",
        "stores",
        "  movies  sqlite:///m?password=***  must answer within 5 s",
        "handlers",
        "  health  public  /health/live  /health/ready",
        "  top10   public  /movies/top10  limit 9 in 60 s",
        "jobs",
        "  refresh_top10     period 0.5, max_age 5",
        "  refresh_weighted  period 0.5, max_age 5, prior_count 25",
        "other settings",
        "  events  topic movie_rate_topic, group movieserver, partitions 24, retention 604800, "
        "replication 1",
        "  auth    discovery false, leeway 0, jwks_max_age 300, jwks_refresh_floor 10, "
        "cache_size 10000",
        "  http    idle_timeout 75, max_header_size 1250000, request_timeout 5, drain_timeout 10, "
        "trust_proxy false",
        "  log     level info, format human, access false, slow_request 1, request_ids true",
    ]


RATING = SMALL.replace("health: {access: public}", "rates: {access: token}") + (
    "stores: {rates: 'sqlite:///r'}\n"
)


def keys(profile: Profile) -> str:
    """What the description says about keys."""
    return next(line for line in describe(profile).splitlines() if line.startswith("keys"))


def test_the_description_says_where_the_keys_come_from(folder: Path) -> None:
    secret = folder / "movieserver-data" / "token-secret"
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:5: handlers\.rates: needs a key"):
        keys(read(RATING))
    assert keys(read(RATING + "make_secret: true\n")).endswith(f"{secret}, made at the first start")
    make_secret(folder / "movieserver-data")
    assert keys(read(RATING)) == f"keys     the secret {secret}"
    profile = read(RATING + f"auth: {{secret: {'s' * 32}}}\n")
    assert keys(profile) == "keys     auth.secret"
    assert "ssss" not in describe(profile)


def test_the_description_has_no_secrets_of_urls(folder: Path) -> None:
    profile = read(RATING + "auth: {jwks_url: 'https://id.example/keys?api_key=hunter2'}\n")
    assert "jwks_url https://id.example/keys?api_key=***," in describe(profile)


def test_the_description_looks_at_the_keys(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:7: auth\.secret: the secret has 5"):
        describe(read(RATING + "auth: {secret: short}\n"))


pathless = Resource("pathless", lambda _: [None])  # type: ignore[list-item]


class Unmakeable(RefreshView):
    """Cannot be made."""

    def __init__(self, services: Services, options: object) -> None:
        raise LookupError("no such file")


def test_mistakes_of_handlers_and_jobs_are_reported_together(folder: Path) -> None:
    text = SMALL + f"  {__name__}:pathless: {{access: public}}\n"
    text += f"jobs:\n  {__name__}:Unmakeable:\nstores: {{movies: 'sqlite:///m'}}\n"
    with pytest.raises(ConfigurationError) as raised:
        describe(read(text))
    handler, job = str(raised.value).splitlines()
    assert "pathless" in handler and "found None among its routes" in handler
    assert "cannot be made: LookupError: no such file" in job
