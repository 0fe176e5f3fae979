"""What a backbone is asked about each seed, and what becomes of its replies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from echoic.distill.bank import Assignment, assign, instructions, named_share
from echoic.distill.write import write_targets
from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.providers import open_provider
from echoic.errors import BadRecord, ProviderFailed
from echoic.seed import Seed, read_targets, user_text

ATTRIBUTES = {"Pitch": "low", "Tempo": "90", "Instrument": "flute"}
LISTED = "(Pitch: low, Tempo: 90, Instrument: flute)"
SEEDS = [
    Seed(f"s{number}", f"{number}.wav", f"[00:00-00:05] {LISTED}", ATTRIBUTES, text="hi")
    for number in range(4)
]
FAILURE = Reply("", stop="failed", error="503")


def drawn(*, prefill: bool, per_clip: int = 1, seed: int = 0) -> list[Assignment]:
    rng = np.random.default_rng(seed)
    return assign(SEEDS, rng=rng, prefill=prefill, per_clip=per_clip)


def test_the_bank_has_at_least_thirty_instructions_and_none_twice() -> None:
    bank = instructions()
    assert len(bank) >= 30
    assert len({text.lower() for text in bank}) == len(bank)
    assert all(text.strip() == text and AUDIO_MARK not in text for text in bank)


@pytest.mark.parametrize("prefill", [False, True])
def test_the_same_draw_gives_the_same_assignments(prefill: bool) -> None:
    assert drawn(prefill=prefill, per_clip=9) == drawn(prefill=prefill, per_clip=9)
    assert drawn(prefill=prefill, per_clip=9) != drawn(prefill=prefill, per_clip=9, seed=1)


def test_every_seed_gets_as_many_assignments_as_asked_each_with_its_own_id() -> None:
    made = drawn(prefill=False, per_clip=3)
    assert [item.id for item in made] == [
        f"s{seed}-{copy}" for seed in range(4) for copy in range(3)
    ]
    assert [item.seed for item in made] == [seed for seed in SEEDS for _ in range(3)]
    assert {item.instruction for item in made} <= set(instructions())


def test_without_prefill_the_line_stays_as_it_is() -> None:
    made = drawn(prefill=False, per_clip=5)
    assert {item.description for item in made} == {SEEDS[0].description}
    assert {item.prefill for item in made} == {""}


def test_a_rotated_line_keeps_every_attribute_in_its_circle_and_begins_with_the_prefill() -> None:
    made = drawn(prefill=True, per_clip=50)
    pairs = ["Pitch: low", "Tempo: 90", "Instrument: flute"]
    circles = {tuple(pairs[at:] + pairs[:at]) for at in range(3)}
    found = set()
    for item in made:
        before, _, listed = item.description.partition("(")
        assert before == "[00:00-00:05] "
        found.add(tuple(listed.removesuffix(")").split(", ")))
        assert item.description.removeprefix(before).startswith(item.prefill)
        assert re.fullmatch(r"\(\w+:", item.prefill)
    assert found == circles


@pytest.mark.parametrize(
    ("description", "attributes"),
    [("a low flute", ATTRIBUTES), ("(Pitch: low)", ATTRIBUTES), ("a low flute", {})],
)
def test_a_line_that_does_not_list_its_attributes_cannot_be_rotated(
    description: str, attributes: Mapping[str, str]
) -> None:
    seed = Seed("odd", "a.wav", description, attributes)
    with pytest.raises(BadRecord, match="seed odd"):
        assign([seed], rng=np.random.default_rng(0), prefill=True)
    assert assign([seed], rng=np.random.default_rng(0), prefill=False)[0].prefill == ""


def test_the_named_share_counts_values_whatever_their_case() -> None:
    seed = SEEDS[0]
    assert named_share(seed, "A LOW tone of a flute at 90 beats") == 1.0
    assert named_share(seed, "A Flute.") == pytest.approx(1 / 3)
    assert named_share(seed, "Pitch, tempo, instrument") == 0.0
    assert named_share(seed, "slowly, a flutes player, 900") == 0.0  # whole words only
    assert named_share(Seed("s", "a.wav", "rain"), "anything") == 1.0


class Writer:
    """A backbone that answers by number; remembers which prompts it was asked."""

    name = "writer"
    settings: Mapping[str, str] = {}

    def __init__(self, replies: Mapping[int, Reply] | None = None) -> None:
        self.answers = dict(replies or {})
        self.asked: list[Prompt] = []

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for number, prompt in enumerate(prompts):
            if number not in done:
                self.asked.append(prompt)
                yield number, self.answers.get(number, Reply(f" low {number}"))


def test_a_target_holds_what_was_read_asked_and_answered(tmp_path: Path) -> None:
    writer = Writer({1: Reply(" 90, flute", stop="length")})
    made = write_targets(SEEDS, writer, tmp_path / "t.jsonl", seed=0, prefill=True)
    assert made == read_targets(tmp_path / "t.jsonl")
    for target, seed, prompt in zip(made, SEEDS, writer.asked, strict=True):
        assert (target.id, target.audio, target.text) == (f"{seed.id}-0", seed.audio, "hi")
        assert prompt.user == user_text(target.seed_description, target.prompt)
        assert prompt.prefill == target.prefill
        assert prompt.audio is None
    assert [target.response for target in made] == [" low 0", " 90, flute", " low 2", " low 3"]
    assert [target.complete for target in made] == [True, False, True, True]
    assert [round(target.named, 2) for target in made] == [0.33, 0.67, 0.33, 0.33]


def test_a_failed_reply_is_told_and_the_next_call_asks_for_it_alone(tmp_path: Path) -> None:
    with pytest.raises(ProviderFailed, match="s2-0: 503"):
        write_targets(SEEDS, Writer({2: FAILURE}), tmp_path / "t.jsonl", seed=0, prefill=False)
    assert not (tmp_path / "t.jsonl").exists()
    writer = Writer()
    made = write_targets(SEEDS, writer, tmp_path / "t.jsonl", seed=0, prefill=False)
    assert [prompt.id for prompt in writer.asked] == ["s2-0"]
    whole = write_targets(SEEDS, Writer(), tmp_path / "whole.jsonl", seed=0, prefill=False)
    assert made == whole


def test_empty_replies_are_left_out_and_nothing_but_them_is_an_error(tmp_path: Path) -> None:
    empty = Reply(" \n")
    made = write_targets(SEEDS, Writer({0: empty}), tmp_path / "a.jsonl", seed=0, prefill=False)
    assert [target.id for target in made] == ["s1-0", "s2-0", "s3-0"]
    silent = Writer(dict.fromkeys(range(4), empty))
    with pytest.raises(ProviderFailed, match="only empty replies to 4"):
        write_targets(SEEDS, silent, tmp_path / "b.jsonl", seed=0, prefill=False)
    assert not (tmp_path / "b.jsonl").exists()


def test_any_model_string_can_write(tmp_path: Path) -> None:
    provider = open_provider("mockllm/model", generation=Generation(max_tokens=8))
    made = write_targets(SEEDS, provider, tmp_path / "t.jsonl", seed=0, prefill=False)
    assert {target.response for target in made} == {"Default output from mockllm/model"}
