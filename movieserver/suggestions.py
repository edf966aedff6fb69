"""The closest titles to one that is not known."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

CUTOFF = 68.0
"""The least score of a suggestion; 100 is the same title."""
PARTIAL = 0.88
"""What a title of which only some words were asked for is worth, set against a whole one."""
SHORTEST_PART = 4
"""Letters that such words must have at least."""
SHORT = 9
"""Letters of the longest title that is also found by leaving letters out."""
VISITED = 3000
"""Entries of the trigram index that one question reads at most, the rarest trigrams first."""
SHORTLIST = 60
"""Titles that are compared letter by letter."""


class Suggester:
    """Finds titles by what they have in common with another.

    Only the titles that share the most trigrams with it, or all but one letter, are compared by
    rapidfuzz. Both numbers are bounded, so the cost hardly grows with the list.
    """

    def __init__(self, titles: Sequence[Sequence[str]]) -> None:
        """Take titles by their words; a title is known by its place from then on."""
        self._keys = ["".join(words) for words in titles]
        self._sorted = [" ".join(sorted(words)) for words in titles]
        self._places: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        self._nearly: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for place, key in enumerate(self._keys):
            for trigram in _trigrams(key):
                self._places[trigram].append(place)
            for shortened in _shortened(key):
                self._nearly[shortened].append(place)

    def closest(self, words: Sequence[str]) -> Iterator[int]:
        """The places of the titles that are close enough to be meant, best first."""
        key, ordered = "".join(words), " ".join(sorted(words))
        shortlist = {*self._one_letter_off(key), *self._alike(key)}
        scored = [(-self._score(key, ordered, place), place) for place in shortlist]
        return (place for score, place in sorted(scored) if -score >= CUTOFF)

    def _one_letter_off(self, key: str) -> list[int]:
        """Short titles from which at most one letter differs, or two that changed places."""
        found: Counter[int] = Counter()
        for shortened in _shortened(key):
            found.update(self._nearly.get(shortened, array("I"))[:SHORTLIST])
        return sorted(found, key=lambda place: (-found[place], place))[:SHORTLIST]

    def _alike(self, key: str) -> list[int]:
        """The titles with the most trigrams in common, in proportion to their length."""
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
        length, keys = len(key), self._keys
        likely.sort(key=lambda place: (-shared[place] / (length + len(keys[place])), place))
        return likely[:SHORTLIST]

    def _score(self, key: str, ordered: str, place: int) -> float:
        """0 to 100: how alike the letters are, in their order, by sorted words or in some words."""
        score = max(
            fuzz.ratio(key, self._keys[place]), fuzz.ratio(ordered, self._sorted[place]) * 0.98
        )
        if len(key) >= SHORTEST_PART:
            score = max(score, fuzz.token_set_ratio(ordered, self._sorted[place]) * PARTIAL)
        return score


def _trigrams(key: str) -> set[str]:
    padded = f"^{key}$"
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _shortened(key: str) -> set[str]:
    """A short key as it is and with each of its letters left out; nothing for a long one."""
    if not 2 < len(key) <= SHORT:
        return set()
    return {key, *(key[:place] + key[place + 1 :] for place in range(len(key)))}
