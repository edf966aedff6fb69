"""A small profile, and what becomes of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from movieserver.errors import ConfigurationError
from movieserver.profile import Profile, read_profile
from tests.profiles import plugins as fakes

SMALL = """
profile: small
listen: 127.0.0.1:0
handlers:
  health: {access: public}
"""


def read(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> Profile:
    """The profile in the file ``p.yaml`` of the current folder that holds ``text``."""
    Path("p.yaml").write_text(text, encoding="utf-8")
    return read_profile("p.yaml", environ=environ or {}, plugins=fakes.plugins(), **options)


def mistake(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> str:
    """The message that ``text`` gives."""
    with pytest.raises(ConfigurationError) as raised:
        read(text, environ, **options)
    return str(raised.value)
