"""Suggests the titles that are closest to an unknown one."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

CUTOFF = 68.0
"""The minimum score of a suggestion; 100 is the same title."""
REORDERED = 0.98
"""The factor on the score of a match with the words in another order."""
PARTIAL = 0.8
"""The factor on the score of a match of only some of the words."""
SHORTEST_PART = 4
"""The minimum length of a question that may match only some of the words, in characters."""
SHORT = 9
"""The maximum length of a title that is also found by leaving letters out."""
VISITED = 2000
"""The maximum entries of the trigram index that one question reads, the rarest trigrams first."""
SHORTLIST = 60
"""The maximum number of titles of each kind that are compared letter by letter."""


class Suggester:
    """Finds titles that are similar to another.

    Only the titles that share the most trigrams with it, or all but one letter, are compared by
    rapidfuzz. Both groups are bounded, so the cost hardly grows with the list.
    """

    def __init__(self, titles: Iterable[str]) -> None:
        """Take distinct titles, each a string of words with spaces between them."""
        self._titles = list(titles)
        self._places: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        self._nearly: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for place, title in enumerate(self._titles):
            run_together = title.replace(" ", "")
            for trigram in _trigrams(run_together):
                self._places[trigram].append(place)
            for shortened in _shortened(run_together):
                self._nearly[shortened].append(place)

    def closest(self, title: str) -> Iterator[str]:
        """The titles that are close enough to be meant, the closest first."""
        run_together = title.replace(" ", "")
        shortlist = {*self._one_letter_off(run_together), *self._alike(run_together)}
        scored = [(-_score(title, self._titles[place]), place) for place in shortlist]
        return (self._titles[place] for score, place in sorted(scored) if -score >= CUTOFF)

    def _one_letter_off(self, key: str) -> list[int]:
        """Short titles that differ by at most one letter, or by two that changed places."""
        found: Counter[int] = Counter()
        for shortened in _shortened(key):
            found.update(self._nearly.get(shortened, array("I"))[:SHORTLIST])
        return sorted(found, key=lambda place: (-found[place], place))[:SHORTLIST]

    def _alike(self, key: str) -> list[int]:
        """The titles that share the most trigrams, in proportion to their length."""
        trigrams = (trigram for trigram in _trigrams(key) if trigram in self._places)
        postings = sorted((self._places[trigram] for trigram in trigrams), key=len)
        shared: Counter[int] = Counter()
        visited = 0
        for posting in postings:
            shared.update(posting[: VISITED - visited])
            visited += len(posting)
            if visited >= VISITED:
                break
        least = max(shared.values(), default=0) / 2
        likely = [place for place, count in shared.items() if count >= least]
        length, titles = len(key), self._titles
        likely.sort(key=lambda place: (-shared[place] / (length + len(titles[place])), place))
        return likely[:SHORTLIST]


def _score(asked: str, title: str) -> float:
    """The best score, 0 to 100, of the letters in order, of sorted words, of some words."""
    score = max(
        fuzz.ratio(asked.replace(" ", ""), title.replace(" ", "")),
        fuzz.token_sort_ratio(asked, title) * REORDERED,
    )
    if len(asked) >= SHORTEST_PART:
        score = max(score, fuzz.token_set_ratio(asked, title) * PARTIAL)
    return score


def _trigrams(key: str) -> set[str]:
    padded = f"^{key}$"
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _shortened(key: str) -> set[str]:
    """A short key as it is and with each one letter left out; nothing for other keys."""
    if not 2 < len(key) <= SHORT:
        return set()
    return {key, *(key[:place] + key[place + 1 :] for place in range(len(key)))}
