"""Which film a title and a year mean: looked up, never guessed."""

import json
from collections.abc import Collection, Iterable, Sequence

from movieserver.imports.refusals import RowRefused, shown
from movieserver.models import Movie, Nominee
from movieserver.title_keys import fold, key, readings
from movieserver.titles import TitleIndex

NEAR = 1
"""Years by which two lists may disagree about one film."""


class FilmFinder:
    """The nominees, and those films of the catalogue whose titles are wanted."""

    def __init__(self, nominees: Sequence[Nominee]) -> None:
        self.nominees = {nominee.id: nominee for nominee in nominees}
        self.movies: dict[str, Movie] = {}
        self._index = TitleIndex(nominees)
        self._by_key: dict[str, list[Movie]] = {}

    def want(self, titles: Iterable[str]) -> None:
        """Say which titles will be asked for, so that no others are kept."""
        for title in titles:
            for each in _keys(title):
                self._by_key.setdefault(each, [])

    def offer(self, movies: Iterable[Movie]) -> None:
        """Keep those of ``movies`` whose titles are wanted."""
        for movie in movies:
            for each in _keys(movie.title):
                if each in self._by_key:
                    self._by_key[each].append(movie)
                    self.movies[movie.id] = movie

    def nominated(self, title: str, award_years: Collection[int]) -> str | None:
        """The id of the film nominated in one of ``award_years``, else of one of the catalogue."""
        found = {each for year in award_years for each in self._nominees(title, year)}
        return _only(found, title) or self._of_catalogue(title, award_years)

    def film(self, title: str, year: int | None) -> str:
        """The id of the film called ``title``; raises ``RowRefused`` unless there is just one.

        A film of that very year comes before one that is known by a neighbouring year.
        """
        found = {
            each for each in self._nominees(title, year)
            if year is None or self.nominees[each].film_year == year
        }  # fmt: skip
        movies = self._called(title)
        found.update(movie.id for movie in movies if year in (None, movie.year))
        years = () if year is None else (year,)
        only = _only(found, title) or self._of_catalogue(title, years)
        only = only or _only(set(self._nominees(title, year)), title)
        if only is None:
            raise RowRefused("no film of that title and year is known")
        return only

    def _nominees(self, title: str, year: int | None) -> list[str]:
        answer = self._index.find(title, year)
        if answer is None:
            return []
        first = json.loads(answer.body)
        return [each["id"] for each in (first, *first.get("alternatives", ()))]

    def _of_catalogue(self, title: str, years: Collection[int]) -> str | None:
        near = {
            movie.id
            for movie in self._called(title)
            if movie.year is not None and any(abs(movie.year - year) <= NEAR for year in years)
        }
        return _only(near, title)

    def _called(self, title: str) -> list[Movie]:
        for each in _keys(title):
            if self._by_key.get(each):
                return self._by_key[each]
        return []


def _keys(title: str) -> list[str]:
    """What a title is looked up by, as it stands and without a year at its end."""
    return [each for each in (key(r.text) for r in readings(fold(title))) if each]


def _only(found: set[str], title: str) -> str | None:
    if len(found) > 1:
        raise RowRefused(f"{shown(title)!r} may be any of {', '.join(sorted(found))}")
    return next(iter(found), None)
