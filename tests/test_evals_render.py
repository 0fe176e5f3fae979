from pathlib import Path

import pytest

from echoic.engine.ask import AUDIO_MARK
from echoic.errors import UnknownName
from echoic.evals.prompt_file import PromptFile
from echoic.evals.render import Sight, permutations, render
from echoic.question import Question

WORDING = PromptFile.load()
QUESTION = Question(
    "q", "Which instrument plays?", ("violin", "trumpet", "piano"), 1, "music", "instrument",
    clip="a.wav", lead="Instrument:",
)  # fmt: skip
ORDER = (0, 1, 2)


def shown(sight: Sight, answering: str = "free", question: Question = QUESTION) -> str:
    return render(question, sight, wording=WORDING, answering=answering, id_="q").user


def test_free_answering_lists_the_options_with_letters() -> None:
    assert shown(Sight(ORDER)) == (
        "Which instrument plays?\n(A) violin\n(B) trumpet\n(C) piano\n"
        "Select one option from the provided choices. Answer with its letter and text."
    )


def test_the_caption_comes_first_so_that_prompts_on_one_clip_begin_alike() -> None:
    user = shown(Sight(ORDER, caption="A brass fanfare."))
    assert user == "Audio description:\nA brass fanfare.\n\n" + shown(Sight(ORDER))


def test_the_audio_comes_first_too() -> None:
    sight = Sight(ORDER, audio=Path("/x/a.wav"), audio_hash="ab")
    prompt = render(QUESTION, sight, wording=WORDING, answering="free", id_="q")
    assert prompt.user == f"{AUDIO_MARK}\n\n" + shown(Sight(ORDER))
    assert (prompt.audio, prompt.audio_hash) == (Path("/x/a.wav"), "ab")


def test_likelihood_asks_the_stem_alone_and_scores_the_options_after_the_lead() -> None:
    prompt = render(QUESTION, Sight(ORDER), wording=WORDING, answering="likelihood", id_="q")
    assert prompt.user == "Which instrument plays?"
    assert prompt.prefill == "Instrument:"
    assert prompt.continuations == (" violin", " trumpet", " piano")


def test_a_question_without_lead_gets_the_cue() -> None:
    plain = Question("q", "Which?", ("a", "b"), 0, "c", "d")
    prompt = render(plain, Sight((0, 1)), wording=WORDING, answering="likelihood", id_="q")
    assert prompt.prefill == "Answer:"


def test_options_only_withholds_stem_and_lead() -> None:
    blind = Sight(ORDER, stem=False)
    assert shown(blind).startswith("(A) violin\n")
    prompt = render(QUESTION, blind, wording=WORDING, answering="likelihood", id_="q")
    assert (prompt.user, prompt.prefill) == ("Which one is it?", "Answer:")
    assert prompt.continuations == (" violin", " trumpet", " piano")


def test_another_order_changes_the_letters_only() -> None:
    assert "(A) piano\n(B) violin\n(C) trumpet\n" in shown(Sight((2, 0, 1)))


def test_a_mark_or_braces_in_foreign_text_do_no_harm() -> None:
    odd = Question("q", f"What {AUDIO_MARK} is {{x}}?", ("{a}", "b"), 0, "c", "d")
    user = shown(Sight((0, 1), caption=f"{{caption}} {AUDIO_MARK}"), question=odd)
    assert AUDIO_MARK not in user
    assert "What  is {x}?\n(A) {a}" in user
    assert user.startswith("Audio description:\n{caption}\n\n")


def test_every_option_stands_in_every_place_once() -> None:
    four = Question("q4", "s", ("a", "b", "c", "d"), 0, "c", "d")
    orders = permutations(four, seed=0, count=4)
    for place in range(4):
        assert sorted(order[place] for order in orders) == [0, 1, 2, 3]


def test_there_are_at_most_as_many_orders_as_options() -> None:
    two = Question("q2", "s", ("a", "b"), 0, "c", "d")
    assert sorted(permutations(two, seed=0, count=4)) == [(0, 1), (1, 0)]
    assert len(permutations(QUESTION, seed=0, count=2)) == 2


def test_orders_depend_on_seed_and_question_only() -> None:
    many = [Question(f"q{n}", "s", ("a", "b", "c", "d"), 0, "c", "d") for n in range(40)]
    first = [permutations(question, seed=3, count=4)[0] for question in many]
    assert first == [permutations(question, seed=3, count=1)[0] for question in many]
    assert len(set(first)) > 10
    assert first != [permutations(question, seed=4, count=1)[0] for question in many]


def test_the_wording_has_a_hash_and_an_unknown_one_is_named() -> None:
    assert len(WORDING.hash) == 64
    assert WORDING.name == "choice"
    with pytest.raises(UnknownName, match="'fancy'"):
        PromptFile.load("fancy")
