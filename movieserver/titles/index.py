"""The title index: finds a nominee by what people type."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from movieserver.answers import Answer
from movieserver.models import Nominee
from movieserver.titles.keys import (
    Reading,
    compared_words,
    fold,
    forms,
    key,
    prefix_keys,
    readings,
    written_words,
)
from movieserver.titles.prefixes import PrefixIndex, later_words
from movieserver.titles.suggestions import Suggester

JOINT = re.compile(r"[:/(\[]|\s[-–—]+\s|,?\s(?:or|aka)\b|\sa\.k\.a\.")
"""Where two titles of one film may be joined."""
AWARD_YEARS = re.compile(r"(\d{4})(/\d\d)?")
ALSO_KNOWN_AS = re.compile(r"\s*(?:aka\b|a\.k\.a\.)")
JOINTS = 4
"""The maximum number of joints that are tried in one title."""


class _Film:
    """A nominee, the years that it is known by, and the answer with this film alone."""

    __slots__ = ("answer", "nominee", "years")

    def __init__(self, nominee: Nominee) -> None:
        self.nominee = nominee
        self.years = {nominee.film_year, *award_years(nominee.award_year)}
        self.answer = Answer.of(nominee_json(nominee))

    def fits(self, years: Iterable[int]) -> bool:
        """Whether the film is known by each of the years."""
        return self.years.issuperset(years)


class TitleIndex:
    """Finds a nominee by what people type.

    Made once from a list of nominees and never changed. If films share a title, those whose own
    title it is come before those whose alternative title it is; then winners come first, then newer
    films, then lower ids.
    """

    def __init__(self, nominees: Sequence[Nominee]) -> None:
        films = [_Film(nominee) for nominee in sorted(nominees, key=_rank)]
        self._films: dict[str, tuple[_Film, ...]] = {}
        own = [(film, self._enter(film, film.nominee.title)) for film in films]
        others = [
            (film, self._enter(film, title))
            for film in films
            for title in film.nominee.alternative_titles
        ]
        self._prefix_indexes = _prefix_indexes(own, others)
        shared = (films for films in self._films.values() if len(films) > 1)
        self._shared = {films: _answer(films) for films in shared}
        self._ids = {film.nominee.id: (film, found) for film, found in own}
        self._ceremonies = _ceremonies(nominees)
        compared = (form for _, found in (*own, *others) for form in found[:2])
        self._suggester = Suggester(dict.fromkeys(compared))

    def find(self, title: str, year: int | None = None) -> Answer | None:
        """The nominee of a title, with the others of that title under ``alternatives``.

        A year, given as ``year`` or at the end of the title, is the film's or one of the award's,
        and excludes films that it does not fit; if both are given, both must fit. Returns None if
        there is no such film.
        """
        films = self._called(title, year)
        return (self._shared.get(films) or _answer(films)) if films else None

    def nominees(self, title: str, year: int | None = None) -> list[Nominee]:
        """The nominees that ``find`` names, in the same order."""
        return [film.nominee for film in self._called(title, year)]

    def of_id(self, movie_id: str) -> Answer | None:
        """The nominee of an id, with the others of its title; None if there is none."""
        if movie_id not in self._ids:
            return None
        film, found = self._ids[movie_id]
        called = self._films[found[0].replace(" ", "")] if found else ()
        return _answer((film, *(other for other in called if other is not film)))

    def ceremony(self, number: int) -> Answer | None:
        """All nominees of one ceremony, winners first; None if there is no such ceremony."""
        return self._ceremonies.get(number)

    def suggest(self, title: str, limit: int = 5) -> list[Nominee]:
        """The nominees with the titles closest to ``title``, closest first; maybe none."""
        closest: dict[str, Nominee] = {}
        asked = compared_words(written_words(readings(fold(title))[-1].text))
        for each in self._suggester.closest(" ".join(asked)):
            for film in self._films[each.replace(" ", "")]:
                closest.setdefault(film.nominee.id, film.nominee)
        return list(closest.values())[:limit]

    def starting_with(self, prefix: str, limit: int) -> list[Nominee]:
        """At most ``limit`` nominees with a title that begins with ``prefix``.

        Matches in the film's own title come first, then those in an alternative title, and then
        titles that match from a later word on. A year at the end of the prefix must fit.
        """
        for reading in readings(fold(prefix)):
            found: dict[_Film, None] = {}
            for film in self._starting_with(reading):
                found[film] = None
                if len(found) == limit:
                    break
            if found:
                return [film.nominee for film in found]
        return []

    def _starting_with(self, reading: Reading) -> Iterator[_Film]:
        """Yield the films with a title that begins with the reading; a film may come repeatedly."""
        prefixes = prefix_keys(reading.text)
        for index in self._prefix_indexes:
            for prefix in prefixes:
                yield from (film for film in index.of(prefix) if film.fits(reading.years))

    def _called(self, title: str, year: int | None) -> tuple[_Film, ...]:
        given = () if year is None else (year,)
        for reading in readings(fold(title)):
            found = self._films.get(key(reading.text)) or self._joined(reading.text)
            films = _of_years(found, (*given, *reading.years))
            if films:
                return films
        return ()

    def _enter(self, film: _Film, title: str) -> list[str]:
        """Make ``find`` find the film by ``title``; add a year in brackets to the film's years.

        Returns the forms of the title; the last is the one with its article.
        """
        reading = readings(fold(title))[0]
        film.years.update(reading.years)
        found = forms(reading.text)
        for form in found:
            each = form.replace(" ", "")
            films = self._films.get(each, ())
            if film not in films:
                self._films[each] = (*films, film)
        return found

    def _joined(self, text: str) -> tuple[_Film, ...]:
        """The films that have both titles of a text such as ``Il Postino: The Postman``."""
        for joint in islice(JOINT.finditer(text), JOINTS):
            left = self._films.get(key(text[: joint.start()]), ())
            if left:
                rest = ALSO_KNOWN_AS.sub("", text[joint.end() :], count=1)
                right = self._films.get(key(rest), ())
                both = tuple(film for film in left if film in right)
                if both:
                    return both
        return ()


def award_years(written: str) -> list[int]:
    """The years that the Academy writes as ``1957`` or ``1927/28``; none for other texts."""
    match = AWARD_YEARS.fullmatch(written)
    if match is None:
        return []
    first = int(match[1])
    return [first, first + 1] if match[2] else [first]


def nominee_json(nominee: Nominee) -> dict[str, Any]:
    """A nominee in the contract's words."""
    return {
        "id": nominee.id,
        "title": nominee.title,
        "year": nominee.year,
        "additional_info": nominee.additional_info,
        "won": nominee.won,
    }


def suggestion_json(nominee: Nominee) -> dict[str, Any]:
    """A suggestion in the contract's words."""
    return {"id": nominee.id, "title": nominee.title, "year": nominee.year}


def search_result_json(nominee: Nominee) -> dict[str, Any]:
    """A nominee found by the beginning of a title, in the contract's words."""
    return {**suggestion_json(nominee), "won": nominee.won}


def _ceremonies(nominees: Iterable[Nominee]) -> dict[int, Answer]:
    together: dict[int, list[Nominee]] = {}
    for nominee in sorted(nominees, key=lambda each: (not each.won, each.title, each.id)):
        together.setdefault(nominee.ceremony, []).append(nominee)
    return {
        number: Answer.of(
            {"ceremony": number, "year": films[0].year, "result": [*map(nominee_json, films)]}
        )
        for number, films in together.items()
    }


def _prefix_indexes(*titles: Sequence[tuple[_Film, list[str]]]) -> list[PrefixIndex[_Film]]:
    """Index films by all forms of their titles, then by their rest from each later word on."""
    return [
        *(
            PrefixIndex((each.replace(" ", ""), film) for film, found in kind for each in found)
            for kind in titles
        ),
        *(
            PrefixIndex((rest, film) for film, found in kind for rest in later_words(found[:2]))
            for kind in titles
        ),
    ]


def _rank(nominee: Nominee) -> tuple[bool, int, str]:
    """The sort key of films that share a title."""
    return (not nominee.won, -nominee.film_year, nominee.id)


def _of_years(films: Iterable[_Film], years: Iterable[int]) -> tuple[_Film, ...]:
    return tuple(film for film in films if film.fits(years))


def _answer(films: tuple[_Film, ...]) -> Answer:
    first, *others = films
    if not others:
        return first.answer
    alternatives = [nominee_json(film.nominee) for film in others]
    return Answer.of(nominee_json(first.nominee) | {"alternatives": alternatives})
