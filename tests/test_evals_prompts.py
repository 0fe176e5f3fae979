"""The wordings: each shows the question whole, and each can be read by the graders."""

from pathlib import Path

import pytest

from echoic.engine.ask import Reply
from echoic.errors import BadRecipe, UnknownName
from echoic.evals.grade import grade
from echoic.evals.prompt_file import PromptFile
from echoic.evals.render import FREE, Sight, render
from echoic.question import Question

QUESTION = Question("q", "What is heard {now}?", ("a bell", "a drum", "a siren"), 1, "c", "s")


def shown(name: str, *, stem: bool = True, caption: str | None = None) -> str:
    sight = Sight((2, 0, 1), stem=stem, caption=caption)
    wording = PromptFile.load(name)
    return render(QUESTION, sight, wording=wording, answering=FREE, id_="q").user


def test_there_are_at_least_four_paraphrases_and_the_default_is_first() -> None:
    names = PromptFile.names()
    assert names[0] == "choice"
    assert {"desta", "exam", "letter", "official", "spoken"} <= set(names)
    assert len({PromptFile.load(name).hash for name in names}) == len(names)


def test_the_default_wording_is_still_the_one_of_earlier_results() -> None:
    assert PromptFile.load("choice").hash.startswith("d39cb7c60c29")


@pytest.mark.parametrize("name", ["choice", "desta", "exam", "letter", "official", "spoken"])
def test_every_wording_shows_stem_options_in_order_and_caption(name: str) -> None:
    text = shown(name, caption="It rings.")
    places = [text.index(part) for part in ("It rings.", "a siren", "a bell", "a drum")]
    assert places == sorted(places)
    assert text.count(QUESTION.stem) == 1
    bare = shown(name, stem=False)
    assert QUESTION.stem not in bare
    assert "{" not in bare
    assert bare == bare.strip()
    assert all(option in bare for option in QUESTION.options)


def test_the_official_wording_is_that_of_mmau() -> None:
    assert shown("official") == (
        "What is heard {now}?  Select one option from the provided choices.\n"
        "a siren\na bell\na drum"
    )


def test_the_desta_wording_quotes_the_options() -> None:
    assert shown("desta") == (
        'What is heard {now}?\nChoose from the following options: "a siren", "a bell", "a drum"'
    )
    assert "The correct answer is" in PromptFile.load("desta").system


@pytest.mark.parametrize(
    ("reply", "letter", "official"),
    [('The correct answer is: "a drum" .', True, True), ("C", True, False), ("a drum", True, True)],
)
def test_replies_as_the_wordings_ask_for_them_are_read(
    reply: str, letter: bool, official: bool
) -> None:
    for rule, right in (("letter", letter), ("official", official)):
        assert grade(QUESTION, Reply(reply), rule=rule, order=(2, 0, 1)).correct == right


def test_ones_own_file_and_its_faults(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    keys = ("name", "system", "caption", "option", "instruction", "cue", "neutral_stem")
    own.write_text("\n".join(f'{key} = "x"' for key in keys))
    assert PromptFile.load(str(own)).name == "x"
    own.write_text(own.read_text() + '\nlayuot = "x"')
    with pytest.raises(BadRecipe, match="layuot"):
        PromptFile.load(str(own))
    with pytest.raises(UnknownName, match="choice, desta"):
        PromptFile.load("choise")
