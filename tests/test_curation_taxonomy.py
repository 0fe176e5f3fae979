"""The taxonomy file and its strict reader."""

import re
from importlib import resources
from pathlib import Path

import pytest

from echoic.curation.taxonomy import read_taxonomy, taxonomy
from echoic.errors import BadRecipe, UnknownName

TEXT = (resources.files("echoic.curation") / "taxonomy.toml").read_text("utf-8")


def test_categories_have_the_papers_counts() -> None:
    found = taxonomy()
    split = {"Sound": (6, 248), "Paralinguistic": (14, 594), "Phonetic": (5, 217),
             "Music": (10, 401), "Audio Quality": (5, 196), "Technical": (8, 344)}  # fmt: skip
    for category, (kinds, questions) in split.items():
        assert len(found.of(category)) == kinds
        assert sum(sub.target for sub in found.of(category)) == questions
    assert len(found.subcategories) == 48
    assert sum(sub.target for sub in found.subcategories) == 2000


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Phonetics & Phonology", "Phonetic"),
        ("Syllable & Stress", "Phonetic"),
        ("Rhyme", "Phonetic"),
        ("Stress & Emphasis", "Paralinguistic"),
        ("Music Theory", "Music"),
    ],
)
def test_the_names_that_the_paper_tells_are_there(name: str, category: str) -> None:
    assert taxonomy()[name].category == category


def test_a_slug_holds_letters_and_hyphens_only() -> None:
    assert taxonomy()["Syllable & Stress"].slug == "syllable-stress"
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", sub.slug) for sub in taxonomy().subcategories)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'Rhyme'"):
        taxonomy()["Rime"]
    with pytest.raises(UnknownName, match="'Phonetic'"):
        taxonomy().of("Phonetics")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\nscope = ", "\nscop = ", "unknown key 'scop'; the nearest known is 'scope'"),
        ("[[Phonetic]]", "[[Phonetics]]", "nearest known is 'Phonetic'"),
        ('keys = "reference"', 'keys = "references"', "nearest known is 'reference'"),
        ("\ntarget = 42", "\ntarget = 43", "the paper has 6 with 248"),
        ("\ntarget = 42", '\ntarget = "42"', "must be a count"),
        ('"Animal Sounds"', '"Onomatopoeia"', "two subcategories are named 'Onomatopoeia'"),
        ("[[Sound]]", "[Sound", "not TOML"),
    ],
)
def test_a_faulty_file_is_refused_in_one_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "taxonomy.toml"
    path.write_text(TEXT.replace(old, new, 1) if old != "[[Phonetic]]" else TEXT.replace(old, new))
    with pytest.raises(BadRecipe, match=re.escape(told)) as caught:
        read_taxonomy(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
