"""Proves that a movie store keeps to the interface: for every backend, this project's or not.

A test module subclasses ``MovieStoreContract`` as a class whose name pytest collects, and brings
three fixtures. pytest and pytest-tornado are in the extra ``movieserver[test]``::

    class TestMovieStore(MovieStoreContract):
        pass

``movie_store``
    An empty store, open; closed again by the fixture.
``second_movie_store``
    Another one on the same data, connected as another process would be.
``falsify``
    A coroutine function that adds, behind the store's back, one rate of 10 to the average of the
    movie whose id it is given, and to no per-user state.
"""

import pytest

from movieserver.testing.movie_store.averages import StatesContract
from movieserver.testing.movie_store.catalogue import CatalogueContract
from movieserver.testing.movie_store.ranking import RankingContract, ViewContract
from movieserver.testing.movie_store.repair import CorrectContract, RecountContract
from movieserver.testing.movie_store.revisions import RevisionContract


@pytest.mark.gen_test(timeout=30)
class MovieStoreContract(
    CatalogueContract,
    RankingContract,
    ViewContract,
    StatesContract,
    RevisionContract,
    CorrectContract,
    RecountContract,
):
    """Every sentence of ``movieserver.backends.MovieStore``, as tests."""
