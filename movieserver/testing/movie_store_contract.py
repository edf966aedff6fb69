"""Proves that a movie store, of this project or not, keeps the promises of its interface.

A test module subclasses ``MovieStoreContract`` with a name that pytest collects, and provides
three fixtures. pytest and pytest-tornado are in the extra ``movieserver[test]``::

    class TestMovieStore(MovieStoreContract):
        pass

``movie_store``
    An empty, open store; the fixture closes it.
``second_movie_store``
    Another store on the same data, connected as another process would be.
``falsify``
    A coroutine function that, behind the store's back, adds one rate of 10 to the average of the
    movie with the given id, and to no per-user state.
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
    """Tests every sentence of ``movieserver.backends.MovieStore``."""
