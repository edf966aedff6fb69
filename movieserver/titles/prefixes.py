"""What titles begin with, so that those that fit are found while one is typed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Generic, TypeVar

T = TypeVar("T")


class PrefixIndex(Generic[T]):
    """Values by the keys that they are known by, in the order of the keys.

    Where they begin is found by bisection, so the cost is that of what is read, however long the
    list is.
    """

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        """Take keys with their values; those of one key stay in the order in which they come."""
        in_order = sorted(entries, key=itemgetter(0))
        self._keys = [key for key, _ in in_order]
        self._values = [value for _, value in in_order]

    def of(self, prefix: str) -> Iterator[T]:
        """The values whose key begins with ``prefix``; one may come several times."""
        for place in range(bisect_left(self._keys, prefix), len(self._keys)):
            if not self._keys[place].startswith(prefix):
                return
            yield self._values[place]


def later_words(forms: Iterable[str]) -> Iterator[str]:
    """What is left of a title, run together, from each of its words but the first on.

    A title is given in some forms, each a string of words with spaces between them.
    """
    for words in dict.fromkeys(tuple(form.split()) for form in forms):
        yield from ("".join(words[place:]) for place in range(1, len(words)))
