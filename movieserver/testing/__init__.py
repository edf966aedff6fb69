"""For the tests of third parties and of this project: suites that every backend can pass."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.movie_store")
