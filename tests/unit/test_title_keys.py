import time
import unicodedata

import pytest

from movieserver.titles.keys import LONGEST, fold, forms, key
from tests.unit.nominees import INDEX, NOMINEES

SAME = [
    ("The Godfather", "godfather", "GODFATHER, THE", "Godfather The", "the-godfather"),
    ("A Star Is Born", "Star Is Born, A", "star is born"),
    ("An American in Paris", "American in Paris, An"),
    ("La Grande Illusion", "Grande Illusion, La", "la grande illusion"),
    ("Les Misérables", "Misérables, Les", "les miserables", "LES MISE\u0301RABLES"),
    ("L'Avventura", "Avventura, L'", "l’avventura", "L Avventura"),
    ("The Lord of the Rings: The Two Towers", "Lord of the Rings, The: The Two Towers"),
    ("The Lord of the Rings: The Two Towers", "Lord of the Rings, The - The Two Towers"),
    ("Il Postino", "Postino, Il"),
    ("Nineteen Twenty-Nine", "1929"),
    ("A Hundred Thousand", "100000", "One Hundred Thousand"),
    ("L.A. Confidential", "LA Confidential", "l a confidential", "L.A.Confidential"),
    ("M*A*S*H", "MASH", "M.A.S.H.", "m a s h"),
    ("Don't Look Up", "Dont Look Up", "don’t look up", "Donʼt look up"),
    ("Frost/Nixon", "Frost Nixon", "FrostNixon"),
    ("Secrets & Lies", "Secrets and Lies", "Secrets＆Lies"),
    (
        "12 Angry Men",
        "Twelve Angry Men",
        "Twel\u200bve Angry Men",
        "１２ Angry Men",
        "١٢ Angry Men",
    ),
    ("Around the World in 80 Days", "Around the World in Eighty Days"),
    ("127 Hours", "One Hundred Twenty-Seven Hours", "One Hundred and Twenty Seven Hours"),
    ("One Hundred Men and a Girl", "100 Men and a Girl", "A Hundred Men and a Girl"),
    ("A Thousand Clowns", "One Thousand Clowns", "1000 Clowns", "1,000 Clowns"),
    ("1917", "Nineteen Seventeen", "nineteen-seventeen"),
    ("Broadway Melody of 1936", "Broadway Melody of Nineteen Thirty-Six"),
    ("2001", "Two Thousand and One", "two thousand one"),
    ("7th Heaven", "Seventh Heaven", "7ᵗʰ Heaven"),
    ("42nd Street", "Forty-Second Street", "forty second st."),
    ("Miracle on 34th Street", "Miracle on Thirty-Fourth St."),
    ("The 20th Century", "Twentieth Century"),
    ("The 100th", "hundredth"),
    ("The Godfather Part II", "The Godfather: Part 2", "Godfather Pt. II", "Godfather Ⅱ"),
    ("The Godfather, Part III", "The Godfather 3", "Godfather Part Three"),
    ("Dune: Part One", "Dune Part I", "Dune 1"),
    ("Henry V", "Henry 5", "Henry Five"),
    ("Star Wars: Episode IV", "Star Wars Episode 4", "star wars episode four"),
    ("Ford v Ferrari", "Ford vs. Ferrari", "Ford versus Ferrari"),
    ("The Color Purple", "The Colour Purple"),
    ("Judgment at Nuremberg", "Judgement at Nuremberg"),
    ("Sunset Blvd.", "Sunset Boulevard"),
    ("Mr. Deeds", "Mister Deeds"),
    ("Sergeant York", "Sgt. York"),
    ("Łódź", "lodz"),
    ("Ænima", "aenima"),
    ("İstanbul", "istanbul", "ISTANBUL", "ıstanbul"),
    ("Straße", "STRASSE", "strasse"),
    ("Ζορμπάς", "ΖΟΡΜΠΑΣ"),
    ("기생충", unicodedata.normalize("NFD", "기생충")),
    ("ドライブ・マイ・カー", "ドライブマイカー", "ﾄﾞﾗｲﾌﾞ･ﾏｲ･ｶｰ"),
]

DIFFERENT = [
    ("Rocky", "Rocky II", "Rocky III", "Rocky V"),
    ("Her", "Here", "He"),
    ("Ford v Ferrari", "Ford 5 Ferrari"),
    ("The King and I", "The King and 1"),
    ("I", "1"),
    ("V", "5"),
    ("Twenty and Five", "25"),
    ("Thousand Hundred", "100000"),
    ("Up", "Up in the Air"),
    ("One", "The One and Only"),
    ("Romeo and Juliet", "Romeo + Juliet"),
    ("The Kids Are All Right", "The Kids Are Alright"),
    ("Mad Max", "Mad Max 2"),
    ("Les Misérables", "Misérables"),
    ("Part of Me", "Of Me"),
    ("Seven", "Seventh"),
    ("Twenty One", "Twenty"),
    ("Anora", "Nora"),
    ("Theodora", "Odora"),
]

HOSTILE = [
    *("\x00", "\ud800", "\udfff\ud800", "\u0301", "\u200d", "\ufeff", "\u202e", "\U000e0001", "�"),
    *(
        "😀",
        "👨‍👩‍👧",
        "ﷺ",
        "𝕬",
        "Ⅷ",
        "½",
        "ـ",
        "ัั",
        "中",
        "('",
        "[(",
        ": ",
        " or ",
        "a.k.a. ",
        "1900",
    ),
    *(
        "the ",
        ", the",
        "two hundred ",
        "one ",
        "and ",
        "part ",
        "i ",
        "v ",
        "-",
        " - ",
        "& ",
        ",",
        " ",
    ),
]


@pytest.mark.parametrize("titles", SAME, ids=lambda titles: titles[0])
def test_titles_that_are_the_same(titles: tuple[str, ...]) -> None:
    assert len({key(fold(title)) for title in titles}) == 1
    assert key(fold(titles[0])) != ""


@pytest.mark.parametrize("titles", DIFFERENT, ids=lambda titles: titles[0])
def test_titles_that_are_not_the_same(titles: tuple[str, ...]) -> None:
    assert len({key(fold(title)) for title in titles}) == len(titles)


def test_folding_twice_changes_nothing() -> None:
    for nominee in NOMINEES.values():
        for title in (nominee.title, *nominee.alternative_titles):
            assert fold(fold(title)) == fold(title)


def test_a_key_is_its_own_key() -> None:
    for nominee in NOMINEES.values():
        once = key(fold(nominee.title))
        assert key(once) == once


def test_a_title_is_found_by_its_words_as_they_are_written_too() -> None:
    assert forms("the sixth sense") == ["6th sense", "sixth sense", "the sixth sense"]
    assert forms("jaws") == ["jaws", "jaws", "jaws"]
    assert forms("the") == []


def test_a_title_over_the_limit_has_no_key() -> None:
    assert key(fold("x" * LONGEST)) == "x" * LONGEST
    assert fold("x" * (LONGEST + 1)) == ""
    assert fold("ﷺ" * LONGEST) == "", "it is longer when it is normalised"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_titles_are_answered_fast(text: str) -> None:
    for title in (text, text * (LONGEST // len(text)), text * 100_000, f"Jaws {text * 90}"):
        started = time.process_time()
        INDEX.find(title)
        INDEX.find(title, 2019)
        INDEX.suggest(title)
        assert time.process_time() - started < 0.1
