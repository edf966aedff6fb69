"""An index of prefixes, which finds titles while somebody types."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T")


class PrefixIndex(Generic[T]):
    """Values sorted by their keys.

    Bisection finds the first match, so the cost depends on how many values are read, and hardly on
    the length of the list.
    """

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        """Take keys with their values; values with the same key keep their order."""
        in_order = sorted(entries, key=itemgetter(0))
        self._keys = [key for key, _ in in_order]
        self._values = [value for _, value in in_order]

    def of(self, prefix: str) -> Iterator[T]:
        """Yield the values whose key begins with ``prefix``; a value may come several times."""
        for place in range(bisect_left(self._keys, prefix), len(self._keys)):
            if not self._keys[place].startswith(prefix):
                return
            yield self._values[place]


def later_words(forms: Iterable[str]) -> Iterator[str]:
    """Yield the rest of a title from each of its words on, except the first, run together.

    ``forms`` are the forms of the title, each a string of words with spaces between them.
    """
    for words in dict.fromkeys(tuple(form.split()) for form in forms):
        yield from ("".join(words[place:]) for place in range(1, len(words)))
