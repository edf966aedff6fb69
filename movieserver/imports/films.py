"""Which film a title and a year mean: looked up, never guessed."""

from collections.abc import Collection, Iterable, Sequence

from movieserver.imports.refusals import NoFilm, shown
from movieserver.models import Movie, Nominee
from movieserver.titles import TitleIndex
from movieserver.titles.keys import fold, key, readings

NEAR = 1
"""Years by which two lists may disagree about a film."""


class FilmFinder:
    """The nominees, and the films of the catalogue whose titles are wanted."""

    def __init__(self, nominees: Sequence[Nominee] = ()) -> None:
        self.movies: dict[str, Movie] = {}
        self.know(nominees)
        self._by_key: dict[str, list[Movie]] = {}

    def know(self, nominees: Sequence[Nominee]) -> None:
        """Take ``nominees`` in place of any earlier ones."""
        self.nominees = {nominee.id: nominee for nominee in nominees}
        self._index = TitleIndex(nominees)

    def want(self, titles: Iterable[str]) -> None:
        """Say which titles will be asked for; films with other titles are not kept."""
        for title in titles:
            for reading in readings(fold(title)):
                self._by_key.setdefault(key(reading.text), [])

    def offer(self, movies: Iterable[Movie]) -> None:
        """Keep those of ``movies`` whose titles are wanted."""
        for movie in movies:
            each = key(readings(fold(movie.title))[0].text)
            if each and each in self._by_key:
                self._by_key[each].append(movie)
                self.movies[movie.id] = movie

    def nominated(self, title: str, award_years: Collection[int]) -> str | None:
        """The id of the film called ``title`` that was nominated in one of ``award_years``.

        If there is none, the id of the catalogue's film of about that year, or None. Raises
        ``NoFilm`` if there are several.
        """
        found = {each.id for year in award_years for each in self._index.nominees(title, year)}
        near = {each for year in award_years for each in self._called(title, (year,), NEAR)}
        return _only(found, title) or _only(near, title)

    def film(self, title: str, year: int | None) -> str:
        """The id of the film called ``title``; raises ``NoFilm`` unless there is exactly one.

        A film of exactly that year is preferred to one of a neighbouring year. A year at the end
        of ``title`` that is not part of it counts like ``year``.
        """
        years = () if year is None else (year,)
        nominees = self._index.nominees(title, year)
        found = {each.id for each in nominees if year in (None, each.film_year)}
        only = _only(found | self._called(title, years, 0), title)
        only = only or _only(self._called(title, years, NEAR), title)
        only = only or _only({each.id for each in nominees}, title)
        if only is None:
            raise NoFilm("no film of that title and year is known")
        return only

    def _called(self, title: str, years: Collection[int], near: int) -> set[str]:
        """The ids of the catalogue's films of that title, within ``near`` of each of the years."""
        for reading in readings(fold(title)):
            found = {
                movie.id
                for movie in self._by_key.get(key(reading.text), ())
                if _is_of(movie, (*years, *reading.years), near)
            }
            if found:
                return found
        return set()


def _is_of(movie: Movie, years: Collection[int], near: int) -> bool:
    return all(movie.year is not None and abs(movie.year - year) <= near for year in years)


def _only(found: set[str], title: str) -> str | None:
    if len(found) > 1:
        raise NoFilm(f"{shown(title)!r} may be any of {', '.join(sorted(found))}")
    return next(iter(found), None)
