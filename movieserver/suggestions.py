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
VISITED = 4000
"""Entries of the trigram index that one question reads at most, the rarest trigrams first."""
SHORTLIST = 60
"""Titles that are compared letter by letter."""


class Suggester:
    """Finds titles by what they have in common with another.

    The titles that share the most trigrams with it are compared by rapidfuzz. Both numbers are
    bounded, so the cost hardly grows with the list.
    """

    def __init__(self, titles: Sequence[Sequence[str]]) -> None:
        """Take titles by their words; a title is known by its place from then on."""
        self._keys = ["".join(words) for words in titles]
        self._sorted = [" ".join(sorted(words)) for words in titles]
        self._places: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for place, key in enumerate(self._keys):
            for trigram in _trigrams(key):
                self._places[trigram].append(place)

    def closest(self, words: Sequence[str]) -> Iterator[int]:
        """The places of the titles that are close enough to be meant, best first."""
        key, ordered = "".join(words), " ".join(sorted(words))
        scored = [(self._score(key, ordered, place), place) for place in self._shortlist(key)]
        for score, place in sorted(scored, key=lambda each: (-each[0], each[1])):
            if score >= CUTOFF:
                yield place

    def _shortlist(self, key: str) -> list[int]:
        """The titles with the most trigrams in common, of those the ones nearest in length."""
        trigrams = _trigrams(key)
        postings = sorted((self._places[t] for t in trigrams if t in self._places), key=len)
        shared: Counter[int] = Counter()
        visited = 0
        for posting in postings:
            if visited and visited + len(posting) > VISITED:
                break
            shared.update(posting)
            visited += len(posting)
        length = len(key)
        keys = self._keys
        ranked = sorted(
            shared, key=lambda place: (shared[place] / (length + len(keys[place])), -place)
        )
        return ranked[: -SHORTLIST - 1 : -1]

    def _score(self, key: str, ordered: str, place: int) -> float:
        """0 to 100: the best of the letters alike, whatever the order of words or their number."""
        score = max(
            fuzz.ratio(key, self._keys[place]), fuzz.ratio(ordered, self._sorted[place]) * 0.98
        )
        if len(key) >= SHORTEST_PART:
            score = max(score, fuzz.token_set_ratio(ordered, self._sorted[place]) * PARTIAL)
        return score


def _trigrams(key: str) -> set[str]:
    padded = f"^{key}$"
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
