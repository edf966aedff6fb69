"""The key that titles are compared by: two spellings of one title have the same key.

The rules are documented in ``docs/titles.md``, step by step.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category, decimal, normalize

from movieserver.titles.numerals import with_digits

LONGEST = 200
"""The maximum length of a title that has a key, in characters."""

LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
"""Letters that people take for accented or joined ones but Unicode does not decompose."""

APOSTROPHES = str.maketrans("", "", "'`’‘ʼ′")

ELISION = re.compile(r"\b([dl])['’]")
"""A French or Italian article or preposition: ``d'une`` is two words, not ``dune``."""

SPELLINGS = {
    "armour": "armor",
    "behaviour": "behavior",
    "boulevard": "blvd",
    "captain": "capt",
    "centre": "center",
    "colour": "color",
    "colours": "colors",
    "defence": "defense",
    "favour": "favor",
    "favourite": "favorite",
    "favourites": "favorites",
    "grey": "gray",
    "harbour": "harbor",
    "honour": "honor",
    "honours": "honors",
    "humour": "humor",
    "jewellery": "jewelry",
    "judgement": "judgment",
    "labour": "labor",
    "libelled": "libeled",
    "lieutenant": "lt",
    "liquorice": "licorice",
    "mister": "mr",
    "neighbour": "neighbor",
    "neighbours": "neighbors",
    "pt": "part",
    "saint": "st",
    "saviour": "savior",
    "sergeant": "sgt",
    "splendour": "splendor",
    "splendoured": "splendored",
    "street": "st",
    "theatre": "theater",
    "traveller": "traveler",
    "travellers": "travelers",
    "versus": "v",
    "vs": "v",
}
"""British spellings, abbreviations and words often abbreviated, with the form compared instead."""

WORD = re.compile(r"[^\W_]+")
LEADING_ARTICLE = re.compile(
    r"[\W_]*(?:the|an|a)(?:[\s_\-–—]+(?=.*[^\W_])|\.(?=[^\W_]{2}))", re.DOTALL
)
"""A dot may stand for a space (``The.Sixth.Sense``), but not in ``A.I.``"""
TRAILING_ARTICLE = re.compile(
    r"(?P<title>.+?),\s*(?P<article>the|an?|l|l[aeo]s?|une?|il|i|gli|der|die|das|de[nt]|el)"
    r"(?P<rest>\s*(?:$|[:(–-].*))"
)
YEAR_AT_END = re.compile(
    r"(?P<title>.*?)"
    r"(?:[(\[]\s*(?:(?P<bracketed>\d{4})(?:[/–-]\d{2,4})?(?:\s+(?:film|movie))?|film|movie)\s*[)\]]"
    r"|(?<!\w)(?P<bare>(?:19|20)\d\d)(?:/\d\d)?)[\s.]*"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text that somebody typed."""

    text: str
    """The folded title, without a year that only says which film is meant."""
    years: tuple[int, ...] = ()
    """That year; empty if there is none."""


class _Marks(dict[int, str]):
    """Removes accents, vowel points and zero-width characters, and converts digits to ASCII."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = category(character)
        if kind[0] == "M" or kind == "Cf":
            return ""
        return str(decimal(character)) if kind == "Nd" else character


MARKS = _Marks()


def fold(title: str) -> str:
    """``title`` without differences of Unicode form, case, accents and apostrophes.

    The result is empty if the title is longer than ``LONGEST``.
    """
    if len(title) > LONGEST or len(text := normalize("NFKC", title)) > LONGEST:
        return ""
    if text.isascii():
        return _without_apostrophes(text.lower())
    text = normalize("NFKD", text.casefold())
    return _without_apostrophes(text.translate(MARKS).translate(LETTERS))


def readings(text: str) -> tuple[Reading, ...]:
    """The ways to read a folded title, the likeliest first.

    A year in brackets at the end always says which film is meant; a bare one may also belong
    to the title (``Hollywood Revue of 1929``).
    """
    match = YEAR_AT_END.fullmatch(text)
    if match is None or not WORD.search(match["title"]):
        return (Reading(text),)
    year = match["bracketed"] or match["bare"]
    without = Reading(match["title"], (int(year),) if year else ())
    return (Reading(text), without) if match["bare"] else (without,)


def written_words(text: str) -> list[str]:
    """The words of a folded title as written, without a leading or trailing article."""
    match = TRAILING_ARTICLE.fullmatch(text)
    if match is not None:
        text = f"{match['article']} {match['title']}{match['rest']}"
    leading = LEADING_ARTICLE.match(text)
    found = _all_words(text[leading.end() :] if leading else text)
    if found and (found[-1] == "the" or found in (["a"], ["an"])):
        del found[-1]
    return found


def compared_words(written: Sequence[str]) -> list[str]:
    """Words as they are compared: in one spelling, with numbers in digits."""
    return with_digits([SPELLINGS.get(word, word) for word in written])


def key(text: str) -> str:
    """The key of a folded title: its compared words run together; empty for an empty text."""
    return "".join(compared_words(written_words(text)))


def forms(text: str) -> list[str]:
    """The words of a folded title as compared, as written, and as written with its article.

    A title can be found by each of them run together, because people leave out spaces, and the
    article and the number in ``TheSixthSense`` cannot be told. Empty if there are no words.
    """
    written = written_words(text)
    kinds = [compared_words(written), written, _all_words(text)] if written else []
    return [" ".join(words) for words in kinds]


def prefix_keys(text: str) -> list[str]:
    """The prefixes of keys by which to find the titles that begin with a folded text.

    The text as it stands comes first, because an article may be the beginning of a word; then the
    text without an article.
    """
    written = written_words(text)
    kinds = (_all_words(text), compared_words(written), written)
    return [*dict.fromkeys("".join(words) for words in kinds if words)]


def _all_words(text: str) -> list[str]:
    """The words of a folded text; a text of nothing but signs, such as ``!!!``, is its own word."""
    return WORD.findall(text.replace("&", " and ")) or text.split()


def _without_apostrophes(text: str) -> str:
    return ELISION.sub(r"\1 ", text).translate(APOSTROPHES)
