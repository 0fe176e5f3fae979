"""Pronunciations and the relations between them, with words everybody knows."""

from pathlib import Path

import pytest

from echoic.curation.computed import homophones, minimal_pairs, phonemes, rhyme, syllables
from echoic.curation.computed.words import (
    minimal,
    one_reading,
    same_sound,
    spelling_variants,
    verdict,
)
from echoic.curation.computed.words import (
    rhyme as rhyming,
)
from echoic.curation.lexicon import (
    Entry,
    american,
    arpabet,
    british,
    broad,
    read_cmudict,
    read_misaki,
    shared,
    stressed_syllable,
    unsuitable,
)
from echoic.errors import BadRecord


def entry(word: str, cmudict: str, us: str, gb: str) -> Entry:
    """Several readings of one source stand apart by " | "."""
    split = [tuple(text.split(" | ")) for text in (cmudict, us, gb)]
    return Entry(word, *split)


LIGHT = entry("light", "L AY1 T", "lˈIt", "lˈIt")
BITE = entry("bite", "B AY1 T", "bˈIt", "bˈIt")
FLOUR = entry("flour", "F L AW1 ER0 | F L AW1 R", "flˈWəɹ", "flˈWə")
FLOWER = entry("flower", "F L AW1 ER0", "flˈWəɹ", "flˈWə")
BANANA = entry("banana", "B AH0 N AE1 N AH0", "bənˈænə", "bənˈɑːnə")
COT = entry("cot", "K AA1 T", "kˈɑt", "kˈɒt")
CAUGHT = entry("caught", "K AO1 T", "kˈɔt", "kˈɔːt")
COUGH = entry("cough", "K AO1 F", "kˈɔf", "kˈɒf")
THOUGH = entry("though", "DH OW1", "ðˌO", "ðˌQ")
CAT = entry("cat", "K AE1 T", "kˈæt", "kˈat")
HAT = entry("hat", "HH AE1 T", "hˈæt", "hˈat")
BAT = entry("bat", "B AE1 T", "bˈæt", "bˈat")
PAT = entry("pat", "P AE1 T", "pˈæt", "pˈat")
FIRE = entry("fire", "F AY1 ER0 | F AY1 R", "fˈIəɹ", "fˈIə")
LATTER = entry("latter", "L AE1 T ER0", "lˈæɾəɹ", "lˈatə")


def test_both_alphabets_meet_in_one_reading() -> None:
    assert arpabet("F L AW1 ER0") == ("F", "L", "AW1", "ER0")
    assert american("flˈWəɹ") == (("F", "L", "AW1", "ER0"),)
    assert shared(FLOUR) == {("F", "L", "AW1", "ER0")}


def test_a_flap_may_be_either_stop() -> None:
    assert american("lˈæɾəɹ") == (("L", "AE1", "T", "ER0"), ("L", "AE1", "D", "ER0"))
    assert shared(LATTER) == {("L", "AE1", "T", "ER0")}


def test_an_unknown_symbol_gives_no_reading() -> None:
    assert american("lˈ?t") == ()


def test_a_british_centring_diphthong_is_one_vowel() -> None:
    assert british("jˈɪə") == ("j", "ɪə1")


def test_a_lone_vowel_carries_the_stress() -> None:
    assert stressed_syllable(american("ðˌO")[0]) == 1
    assert stressed_syllable(arpabet("B AH0 N AE1 N AH0")) == 2


def test_light_and_bite_rhyme_and_the_eye_rhyme_does_not() -> None:
    assert rhyme.rhymes(LIGHT, BITE) is True
    assert rhyme.rhymes(COUGH, THOUGH) is False


def test_a_word_does_not_rhyme_with_its_homophone() -> None:
    assert not rhyming(arpabet("F L AW1 ER0"), american("flˈWəɹ")[0])


def test_flour_and_flower_are_homophones_although_flour_has_two_readings() -> None:
    assert homophones.homophones(FLOUR, FLOWER) is True
    assert homophones.homophones(LIGHT, BITE) is False


def test_words_that_some_accents_merge_settle_nothing() -> None:
    assert broad(arpabet("K AO1 T")) == arpabet("K AA1 T")
    assert verdict(same_sound, COT, CAUGHT) is None


def test_cat_and_hat_are_a_minimal_pair_and_light_and_bite_too() -> None:
    assert minimal_pairs.is_minimal(CAT, HAT) is True
    assert minimal_pairs.is_minimal(CAT, BITE) is False
    assert not minimal(arpabet("K AE1 T"), arpabet("K AE1 T"))


def test_bat_and_pat_differ_in_voicing_alone() -> None:
    assert minimal_pairs.features(BAT, PAT) == ("voicing",)
    assert minimal_pairs.features(CAT, BAT) == ("voicing", "place")


def test_banana_has_three_syllables_and_stresses_the_second() -> None:
    assert syllables.shape(BANANA) == (3, 2)


def test_nobody_is_asked_for_the_syllables_of_fire() -> None:
    assert syllables.shape(FIRE) is None


def test_a_word_with_two_readings_has_no_single_one() -> None:
    assert one_reading(FLOUR) is None
    assert one_reading(LIGHT) == ("L", "AY1", "T")
    assert one_reading(entry("lead", "L IY1 D", "lˈid", "lˈiːd")) is None  # a heteronym


@pytest.mark.parametrize(
    ("word", "cmudict", "us", "told"),
    [
        ("walked", "W AO1 K T", "wˈɔkt", "/t/"),
        ("played", "P L EY1 D", "plˈAd", "/d/"),
        ("wanted", "W AO1 N T AH0 D", "wˈɔntəd", "/ɪd/"),
    ],
)
def test_the_past_ending_has_three_sounds(word: str, cmudict: str, us: str, told: str) -> None:
    from echoic.curation.computed.base import Evidence

    made = entry(word, cmudict, us, us)
    for asked in ("/t/", "/d/", "/ɪd/"):
        evidence = Evidence({"asked": asked, "suffix": "ed"}, {word: made})
        assert phonemes.holds_suffix(evidence, word) is (asked == told)


def test_a_word_without_the_ending_is_no_answer_about_it() -> None:
    from echoic.curation.computed.base import Evidence

    carrot = entry("carrot", "K AE1 R AH0 T", "kˈæɹət", "kˈaɹət")
    evidence = Evidence({"asked": "/t/", "suffix": "ed"}, {"carrot": carrot})
    assert phonemes.holds_suffix(evidence, "carrot") is None


@pytest.mark.parametrize("pair", [("color", "colour"), ("center", "centre"), ("gray", "grey")])
def test_two_spellings_of_one_word_are_recognized(pair: tuple[str, str]) -> None:
    assert spelling_variants(*pair)
    assert not spelling_variants("flour", "flower")


def test_the_word_list_leaves_out_names_and_spelling_variants() -> None:
    assert {"spencer", "colour", "johnson"} <= unsuitable()
    assert not {"banana", "flower", "rhythm"} & unsuitable()


def test_sources_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "cmudict.dict"
    path.write_text("flour F L AW1 ER0\nflour(2) F L AW1 R # rare\naalto AA1 L T OW2 # name\n")
    assert read_cmudict(path)["flour"] == ("F L AW1 ER0", "F L AW1 R")
    table = tmp_path / "us_gold.json"
    table.write_text('{"live": {"DEFAULT": "lˈɪv", "ADJ": "lˈIv", "NOUN": null}, "cat": "kˈæt"}')
    assert read_misaki(table) == {"live": ("lˈɪv", "lˈIv"), "cat": ("kˈæt",)}


def test_missing_pronunciations_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="echoic models fetch"):
        read_cmudict(tmp_path / "cmudict.dict")
    (tmp_path / "us_gold.json").write_text("{")
    with pytest.raises(BadRecord, match="not JSON"):
        read_misaki(tmp_path / "us_gold.json")
    with pytest.raises(BadRecord, match="misaki-gb"):
        Entry.from_record("cat", {"cmudict": ["K AE1 T"], "misaki-us": ["kˈæt"]})
