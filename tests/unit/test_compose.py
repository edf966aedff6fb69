"""What compose.yaml says, as far as that can be checked without Docker."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from movieserver.profile import read_profile

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
PARTS = """\
# authenticator: AllowAllAuthenticator
authenticator:
  class_name: AllowAllAuthenticator
#  class_name: AllowAllAuthenticator
authorizer:
  class_name: AllowAllAuthorizer
network_authorizer: AllowAllNetworkAuthorizer
"""
LINES = """\
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
"""
COMMON = """\
commitlog_sync: periodic
commitlog_sync_period: 10000ms
storage_compatibility_mode: CASSANDRA_4
"""


@pytest.mark.parametrize("profile", ["public", "rating", "consumer"])
def test_the_environment_of_a_profile_is_right(profile: str, tmp_path: Path) -> None:
    service = SERVICES[profile]
    assert service["command"] == ["--profile", profile]
    read = read_profile(profile, data=tmp_path, environ=service["environment"])
    assert [str(use.url) for use in read.stores.values()] == [
        service["environment"][f"MOVIESERVER_{role.upper()}"] for role in read.stores
    ]


@pytest.mark.parametrize("engine", ["cassandra", "kafka"])
def test_the_versions_are_those_that_are_tested(engine: str) -> None:
    pom = (ROOT / "engines" / engine / "pom.xml").read_text("utf-8")
    [version] = re.findall(r"<server\.version>(.+?)<", pom)
    assert SERVICES[engine]["image"].rpartition(":")[2] == version


@pytest.mark.parametrize("layout", [PARTS, LINES])
def test_cassandra_asks_for_passwords_and_syncs_every_write(layout: str, tmp_path: Path) -> None:
    settings = tmp_path / "cassandra.yaml"
    settings.write_text(layout + COMMON, "utf-8")
    script = SERVICES["cassandra"]["entrypoint"][2].replace("$$", "$")
    edit = script.replace("/etc/cassandra/cassandra.yaml", str(settings)).partition("exec")[0]
    subprocess.run(["bash", "-ec", edit], check=True)
    edited = yaml.safe_load(settings.read_text("utf-8"))
    assert name_of(edited["authenticator"]) == "PasswordAuthenticator"
    assert name_of(edited["authorizer"]) == "CassandraAuthorizer"
    assert edited["commitlog_sync"] == "batch"
    assert "commitlog_sync_period" not in edited
    assert edited["storage_compatibility_mode"] == "NONE"


def name_of(setting: str | dict[str, str]) -> str:
    """The class that a setting names, in either layout."""
    return setting["class_name"] if isinstance(setting, dict) else setting
