import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from echoic.engine.ask import Prompt, Reply
from echoic.engine.runner import HOPELESS_FAILURES, run
from echoic.errors import BadRecord, OutputRefused, ProviderFailed
from echoic.records import Journal

PROMPTS = [Prompt(id=f"p{number}", user=f"say {number}") for number in range(6)]
FAILURE = Reply("", stop="failed", error="503")


class Scripted:
    """Answers in a given order; `answers` replaces single replies. Remembers what it was asked."""

    name = "scripted"

    def __init__(
        self,
        order: Sequence[int] | None = None,
        answers: Mapping[int, Reply] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.order = order
        self.answers = dict(answers or {})
        self.settings = dict(settings or {})
        self.asked: list[frozenset[int]] = []

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        self.asked.append(frozenset(range(len(prompts))) - done)
        for at in self.order if self.order is not None else range(len(prompts)):
            yield at, self.answers.get(at, Reply(f"{prompts[at].user}!"))


def texts(replies: Sequence[Reply]) -> list[str]:
    return [reply.text for reply in replies]


def test_replies_come_back_in_the_order_of_the_prompts(tmp_path: Path) -> None:
    replies = run(Scripted(order=[3, 0, 5, 1, 4, 2]), PROMPTS, tmp_path / "r.jsonl")
    assert texts(replies) == [f"say {number}!" for number in range(6)]


def test_a_second_start_asks_nothing(tmp_path: Path) -> None:
    first = run(Scripted(), PROMPTS, tmp_path / "r.jsonl")
    provider = Scripted()
    assert run(provider, PROMPTS, tmp_path / "r.jsonl") == first
    assert provider.asked == []


def test_a_longer_list_asks_only_for_what_is_new(tmp_path: Path) -> None:
    run(Scripted(), PROMPTS[:4], tmp_path / "r.jsonl")
    provider = Scripted()
    run(provider, PROMPTS, tmp_path / "r.jsonl")
    assert provider.asked == [frozenset({4, 5})]


def test_of_several_replies_to_one_prompt_the_first_counts(tmp_path: Path) -> None:
    journal = tmp_path / "r.jsonl"
    run(Scripted(answers={1: Reply("sampled")}), PROMPTS[:2], journal)
    replies = run(Scripted(order=[1, 0, 2, 2]), PROMPTS[:3], journal)
    assert texts(replies) == ["say 0!", "sampled", "say 2!"]
    assert len(journal.read_text().splitlines()) == 3


def test_scores_and_extras_survive_the_journal(tmp_path: Path) -> None:
    scored = Reply("", stop="scored", scores=(-0.5, -1.25), tokens_in=7, extra={"batch": 3})
    for _ in range(2):
        assert run(Scripted(answers={0: scored}), PROMPTS[:1], tmp_path / "r.jsonl") == [scored]


def test_a_failed_reply_is_returned_and_asked_again_at_the_next_start(tmp_path: Path) -> None:
    first = run(Scripted(answers={2: FAILURE}), PROMPTS, tmp_path / "r.jsonl")
    assert [reply.stop for reply in first].count("failed") == 1
    provider = Scripted()
    assert texts(run(provider, PROMPTS, tmp_path / "r.jsonl"))[2] == "say 2!"
    assert provider.asked == [frozenset({2})]


def test_a_model_that_only_fails_is_given_up_early(tmp_path: Path) -> None:
    many = [Prompt(id=str(number), user="?") for number in range(10 * HOPELESS_FAILURES)]
    provider = Scripted(answers=dict.fromkeys(range(len(many)), FAILURE))
    with pytest.raises(ProviderFailed, match=f"first {HOPELESS_FAILURES} requests failed: 503"):
        run(provider, many, tmp_path / "r.jsonl")


def test_failures_after_an_answer_do_not_stop_the_run(tmp_path: Path) -> None:
    many = [Prompt(id=str(number), user="?") for number in range(3 * HOPELESS_FAILURES)]
    provider = Scripted(answers=dict.fromkeys(range(1, len(many)), FAILURE))
    replies = run(provider, many, tmp_path / "r.jsonl")
    assert sum(reply.stop == "failed" for reply in replies) == len(many) - 1


def test_a_prompt_left_without_reply_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProviderFailed, match="left 2 prompts without reply, the first is 'p1'"):
        run(Scripted(order=[0, 2, 3, 5]), PROMPTS, tmp_path / "r.jsonl")


@pytest.mark.parametrize("change", ["settings", "repeat", "words"])
def test_what_decides_a_reply_is_part_of_its_key(tmp_path: Path, change: str) -> None:
    run(Scripted(), PROMPTS[:1], tmp_path / "r.jsonl")
    provider = Scripted(settings={"temperature": 1} if change == "settings" else {})
    prompt = Prompt(id="p0", user="say it" if change == "words" else PROMPTS[0].user)
    run(provider, [prompt], tmp_path / "r.jsonl", repeat=int(change == "repeat"))
    assert provider.asked == [frozenset({0})]


def test_two_prompts_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match="two prompts have the id 'p0'"):
        run(Scripted(), [PROMPTS[0], PROMPTS[0]], tmp_path / "r.jsonl")


def test_a_damaged_journal_names_the_line(tmp_path: Path) -> None:
    journal = tmp_path / "r.jsonl"
    run(Scripted(), PROMPTS[:2], journal)
    journal.write_text("{not json\n" + journal.read_text())
    with pytest.raises(BadRecord, match=r"r\.jsonl:1: not a JSON object"):
        run(Scripted(), PROMPTS, journal)


def test_a_foreign_record_in_the_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"key": "k", "reply": {"wrong": 1}}\n')
    with pytest.raises(BadRecord, match="record 1: no stored reply"):
        run(Scripted(), PROMPTS, tmp_path / "r.jsonl")


def test_two_runs_cannot_write_one_journal(tmp_path: Path) -> None:
    with Journal(tmp_path / "r.jsonl"), pytest.raises(OutputRefused, match="another process"):
        run(Scripted(), PROMPTS, tmp_path / "r.jsonl")


def test_progress_counts_from_what_was_there_to_all(tmp_path: Path) -> None:
    run(Scripted(), PROMPTS[:4], tmp_path / "r.jsonl")
    seen: list[tuple[int, int]] = []
    run(Scripted(), PROMPTS, tmp_path / "r.jsonl", progress=lambda *at: seen.append(at))
    assert seen == [(4, 6), (5, 6), (6, 6)]


def test_a_journal_cut_at_any_byte_is_completed(tmp_path: Path) -> None:
    journal = tmp_path / "r.jsonl"
    whole = run(Scripted(), PROMPTS[:2], journal)
    data = journal.read_bytes()
    line = data.index(b"\n") + 1
    for length in [*range(line + 3), *range(line + 3, len(data), 29), len(data) - 1]:
        journal.write_bytes(data[:length])
        assert run(Scripted(), PROMPTS[:2], journal) == whole
        assert len(journal.read_text().splitlines()) == 2


WORKER = """
import random, sys, time
from pathlib import Path
from echoic.engine.ask import Prompt, Reply
from echoic.engine.runner import run

class Slow:
    name, settings = "slow", {}
    def replies(self, prompts, done=frozenset()):
        order = list(range(len(prompts)))
        random.shuffle(order)
        for at in order:
            if at not in done:
                time.sleep(0.002)
                yield at, Reply(prompts[at].user.upper())

prompts = [Prompt(id=str(n), user=f"word {n}") for n in range(150)]
replies = run(Slow(), prompts, Path(sys.argv[1]))
Path(sys.argv[2]).write_text("\\n".join(reply.text for reply in replies))
"""


def test_killed_at_random_moments_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    journal, result = tmp_path / "r.jsonl", tmp_path / "result.txt"
    rng = random.Random(7)
    command = [sys.executable, "-c", WORKER, str(journal), str(result)]
    kills = 0
    while kills < 5:
        before = journal.stat().st_size if journal.exists() else 0
        worker = subprocess.Popen(command)
        while (
            worker.poll() is None and (journal.stat().st_size if journal.exists() else 0) <= before
        ):
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.05))
        if worker.poll() is not None:
            break
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        kills += 1
    assert kills >= 3
    subprocess.run(command, check=True)
    assert result.read_text().splitlines() == [f"WORD {n}" for n in range(150)]
    ids = [json.loads(line)["id"] for line in journal.read_text().splitlines()]
    assert sorted(ids, key=int) == [str(n) for n in range(150)]
