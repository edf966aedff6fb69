"""Numbers in titles: words and Roman numerals become digits, so that all forms compare equal."""

from collections.abc import Sequence

from movieserver.models import ordinal

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
UNIT_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ROMANS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
SCALES = {"hundred": 100, "thousand": 1000}

CARDINALS = (
    {word: value for value, word in enumerate(UNITS.split())}
    | {word: 10 * value for value, word in enumerate(TENS.split(), 2)}
    | SCALES
)
ORDINALS = (
    {word: value for value, word in enumerate(UNIT_ORDINALS.split(), 1)}
    | {word[:-1] + "ieth": CARDINALS[word] for word in TENS.split()}
    | {word + "th": value for word, value in SCALES.items()}
)
NUMBERS = CARDINALS | ORDINALS

ROMAN_NUMERALS = {word: str(value) for value, word in enumerate(ROMANS.split(), 1)}
ROMAN_LETTERS = frozenset("ivx")
"""Numerals that are also words or letters, and count as numbers only in certain places."""

NUMBERED = frozenset({"part", "episode", "chapter", "volume"})
"""Words that are followed by a number."""

SIGNS = NUMBERS.keys() | ROMAN_NUMERALS.keys() | {"part"}
"""Words that this module may change."""


def with_digits(words: Sequence[str]) -> list[str]:
    """A title's words with numbers in digits: ``12`` for twelve, ``2`` for part two."""
    if SIGNS.isdisjoint(words):
        return list(words)
    return _without_part(_with_cardinals(_without_romans(words)))


def _without_romans(words: Sequence[str]) -> list[str]:
    """Turn Roman numerals into digits; ``I``, ``V`` and ``X`` only where they must be numbers.

    That is after ``part`` and the like and, for ``V`` and ``X``, at the end of a title (Henry V).
    """
    last = len(words) - 1
    result: list[str] = []
    for place, word in enumerate(words):
        is_numeral = (
            word not in ROMAN_LETTERS
            or (place > 0 and words[place - 1] in NUMBERED)
            or (place == last > 0 and word != "i")
        )
        result.append(ROMAN_NUMERALS.get(word, word) if is_numeral else word)
    return result


def _with_cardinals(words: Sequence[str]) -> list[str]:
    result: list[str] = []
    place = 0
    while place < len(words):
        if words[place] in NUMBERS:
            digits, place = _read_number(words, place)
        else:
            digits, place = words[place], place + 1
        result.append(digits)
    return result


def _read_number(words: Sequence[str], place: int) -> tuple[str, int]:
    """The number that starts at ``place``, in digits, and the place after it."""
    value = last = NUMBERS[words[place]]
    while words[place] not in ORDINALS:
        following = place + 1
        if last in SCALES.values() and words[following : following + 1] == ["and"]:
            following += 1
        word = words[following] if following < len(words) else ""
        extended = _extended(value, last, NUMBERS[word]) if word in NUMBERS else None
        if extended is None:
            return str(value), place + 1
        value, last, place = extended, NUMBERS[word], following
    return ordinal(value), place + 1


def _extended(value: int, last: int, number: int) -> int | None:
    """Extend ``value``, whose last word is ``last``, by the word ``number``; None if it cannot be.

    It can in one hundred, twenty-seven, and two thousand and one. Nineteen seventeen is two
    numbers, which give the year when they are run together.
    """
    if number in SCALES.values() and value < number:
        return value * number
    if (20 <= last <= 90 and 0 < number < 10) or (last in SCALES.values() and number < last):
        return value + number
    return None


def _without_part(words: Sequence[str]) -> list[str]:
    """Leave out ``part`` before a number: The Godfather II is The Godfather Part II."""
    return [
        word
        for place, word in enumerate(words)
        if word != "part" or not "".join(words[place + 1 : place + 2]).isdigit()
    ]
