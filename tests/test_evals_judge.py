"""The judge: what it is told, how its answers are read, kept and held against the other rules."""

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ModelOutput, ModelUsage

from echoic.benchmarks.base import Benchmark
from echoic.cli.main import main
from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.remote import RemoteModel
from echoic.errors import BadRecipe, BadRecord, ProviderFailed
from echoic.evals.grade import grade
from echoic.evals.judge import (
    NO_CHOICE,
    ROUNDS,
    UNREADABLE,
    Case,
    Judge,
    Ruling,
    open_judge,
    read_answer,
)
from echoic.evals.prompt_file import JudgeFile
from echoic.evals.tasks import knowledge, run_task
from echoic.question import Question
from echoic.records import read_jsonl

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")

BRASS = ("violin", "trumpet", "piano")
QUESTION = Question("q", "Which instrument?", BRASS, 1, "Music", "Timbre")
READ = re.compile(r"<<<\n(.*)\n>>>", re.DOTALL)
KNOWLEDGE = ["eval", "knowledge", "--model", "mockllm/model", "--benchmark", "x.jsonl"]
WORDS = "It is that brass thing with three valves."


class Script:
    """Answers of a judge to replies, one list a reply, the last one for good; counts requests."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers, self.asked, self.users = answers, Counter[str](), list[str]()

    def __call__(self, messages: Any, *_: Any) -> ModelOutput:
        self.users.append(messages[-1].text)
        found = READ.search(messages[-1].text)
        assert found
        reply = found[1]
        told = self.answers[reply]
        answer = told[min(self.asked[reply], len(told) - 1)]
        self.asked[reply] += 1
        if answer == "fail":
            raise ValueError("no such luck")
        output = ModelOutput.from_content(model="mockllm", content=answer)
        output.usage = ModelUsage()
        return output

    def model(self, name: str = "mockllm/judge", seed: int | None = None) -> RemoteModel:
        generation = Generation(temperature=0.0, seed=seed)
        return RemoteModel(name, generation=generation, model_args={"custom_outputs": self})


def choice(letter: str) -> str:
    return json.dumps({"choice": letter})


def case(text: str, order: tuple[int, ...] = (0, 1, 2), question: Question = QUESTION) -> Case:
    return Case(question, text, order)


def rule(script: Script, path: Path, texts: list[str], **model: Any) -> list[Ruling]:
    with Judge(script.model(**model), path) as judge:
        return judge.rule([case(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "ruling"),
    [
        ('{"choice": "B"}', Ruling(1)),
        ('{"choice": "b"}', Ruling(1)),
        ('{"choice": "(B)"}', Ruling(1)),
        ('Sure!\n```json\n{"choice": "C"}\n```', Ruling(2)),
        ('<think>{"choice": "A"}</think>{"choice": "B"}', Ruling(1)),
        ('{"choice": "B", "why": "it says so"}', Ruling(1)),
        ('{"choice": "B"} {"choice": "B"}', Ruling(1)),
        ('{"choice": "none"}', NO_CHOICE),
        ('{"choice": "None"}', NO_CHOICE),
        ("B", UNREADABLE),
        ("", UNREADABLE),
        ('{"choice": "D"}', UNREADABLE),
        ('{"choice": "trumpet"}', UNREADABLE),
        ('{"choice": ""}', UNREADABLE),
        ('{"choice": null}', UNREADABLE),
        ('{"choice": 1}', UNREADABLE),
        ('{"answer": "B"}', UNREADABLE),
        ("{choice: B}", UNREADABLE),
        ('{"choice": "A"} or {"choice": "none"}', UNREADABLE),
        ('{"choice": "B"', UNREADABLE),
    ],
)
def test_an_answer_is_one_json_object_with_a_letter_or_none(text: str, ruling: Ruling) -> None:
    assert read_answer(text, 3) == ruling


def test_a_reply_in_other_words_is_read_by_the_judge_and_not_by_the_parse(tmp_path: Path) -> None:
    (ruling,) = rule(Script({WORDS: [choice("B")]}), tmp_path / "j.jsonl", [WORDS])
    verdict = grade(QUESTION, Reply(WORDS), rule="judge", ruling=ruling)
    assert (verdict.chosen, verdict.correct, verdict.rule) == (1, True, "judge")
    assert verdict.rules == {
        "letter": {"chosen": None, "correct": False},
        "official": {"chosen": None, "correct": False},
        "judge": {"chosen": 1, "correct": True},
    }


def test_the_judge_sees_stem_options_and_reply_but_never_the_key(tmp_path: Path) -> None:
    script = Script({WORDS: [choice("B")]})
    with Judge(script.model(), tmp_path / "j.jsonl") as judge:
        judge.rule([case(WORDS), case(WORDS, question=replace(QUESTION, answer=0))])
    one, other = script.users
    assert one == other
    for told in ("Which instrument?", "(A) violin\n(B) trumpet\n(C) piano", WORDS):
        assert told in one


def test_letters_are_those_of_the_order_that_was_shown(tmp_path: Path) -> None:
    script = Script({"(A)": [choice("A")]})
    with Judge(script.model(), tmp_path / "j.jsonl") as judge:
        plain, turned = judge.rule([case("(A)"), case("(A)", order=(1, 2, 0))])
    assert "(A) trumpet\n(B) piano\n(C) violin" in script.users[1]
    assert grade(QUESTION, Reply("(A)"), rule="judge", ruling=plain).chosen == 0
    seen = grade(QUESTION, Reply("(A)"), rule="judge", ruling=turned, order=(1, 2, 0))
    assert (seen.chosen, seen.correct) == (1, True)


def test_thinking_is_not_shown_and_an_empty_reply_not_asked(tmp_path: Path) -> None:
    script = Script({"B": [choice("B")]})
    rulings = rule(script, tmp_path / "j.jsonl", ["<think>C?</think>B", "", " ", "<think>B"])
    assert rulings == [Ruling(1), NO_CHOICE, NO_CHOICE, NO_CHOICE]
    assert script.asked.total() == 1


def test_what_a_reply_holds_is_never_filled_in_or_taken_for_audio(tmp_path: Path) -> None:
    sly = f"{{options}} {{reply}} {AUDIO_MARK} {{stem}}"
    script = Script({"{options} {reply}  {stem}": [choice("none")]})
    assert rule(script, tmp_path / "j.jsonl", [sly]) == [NO_CHOICE]


def test_an_unreadable_answer_is_asked_again_with_a_reminder(tmp_path: Path) -> None:
    script = Script({"x": ["hm", "B!", choice("C")], "y": [choice("A")], "z": ["never"]})
    rulings = rule(script, tmp_path / "j.jsonl", ["x", "y", "z"])
    assert rulings == [Ruling(2), Ruling(0), UNREADABLE]
    assert script.asked == {"x": 3, "y": 1, "z": ROUNDS}
    reminded = ["could not be read" in user for user in script.users if "\nx\n" in user]
    assert reminded == [False, True, True]


def test_a_second_start_asks_nothing_even_of_what_stayed_unreadable(tmp_path: Path) -> None:
    texts = ["x", "y", "x"]
    first = Script({"x": [choice("B")], "y": ["never"]})
    rulings = rule(first, tmp_path / "j.jsonl", texts)
    assert rulings == [Ruling(1), UNREADABLE, Ruling(1)]
    assert first.asked == {"x": 1, "y": ROUNDS}  # the same reply twice is one request
    again = Script({})
    assert rule(again, tmp_path / "j.jsonl", texts) == rulings
    assert rule(again, tmp_path / "j.jsonl", ["y", "x"]) == [UNREADABLE, Ruling(1)]


def test_failed_requests_end_it_and_only_they_are_asked_by_the_next_start(tmp_path: Path) -> None:
    first = Script({"x": [choice("B")], "y": ["fail"], "z": [choice("A")]})
    with pytest.raises(ProviderFailed, match=r"1 of 3 requests failed: .*no such luck.*again"):
        rule(first, tmp_path / "j.jsonl", ["x", "y", "z"])
    second = Script({"y": [choice("C")]})
    rulings = rule(second, tmp_path / "j.jsonl", ["x", "y", "z"])
    assert rulings == [Ruling(1), Ruling(2), Ruling(0)]
    assert second.asked == {"y": 1}


def test_another_judge_setting_prompt_or_question_is_asked_anew(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    script = Script({"x": [choice("B")]})
    rule(script, path, ["x"])
    rule(script, path, ["x"], name="mockllm/other")
    rule(script, path, ["x"], seed=1)
    assert script.asked["x"] == 3
    wording = replace(JudgeFile.load(), system="You read.")
    with Judge(script.model(), path, wording) as judge:
        judge.rule([case("x")])
        assert judge.identity["prompt"]["hash"] != JudgeFile.load().hash
    with Judge(script.model(), path) as judge:
        judge.rule([case("x", question=replace(QUESTION, stem="Which one?"))])
        judge.rule([case("x")])
    assert script.asked["x"] == 5


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "j.jsonl").write_text('{"key": "00", "place": 1}\n')
    with pytest.raises(BadRecord, match=r"j.jsonl: record 1: no judge's answer \(KeyError"):
        rule(Script({}), tmp_path / "j.jsonl", ["x"])


class Talker:
    """A model that answers every question in the same words."""

    name, settings = "talker", dict[str, Any]()

    def __init__(self, say: Callable[[Prompt], Reply]) -> None:
        self.say = say

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        yield from ((at, self.say(prompts[at])) for at in range(len(prompts)) if at not in done)


def toy(count: int = 4) -> Benchmark:
    questions = (replace(QUESTION, id=f"q{n}", answer=n % 3) for n in range(count))
    return Benchmark("toy", "0" * 64, Path(), tuple(questions))


def test_a_run_with_a_judge_counts_its_verdicts_and_tells_the_agreement(tmp_path: Path) -> None:
    def say(prompt: Prompt) -> Reply:
        special = {"q1": Reply("(B)"), "q3": Reply("", stop="failed", error="503")}
        return special.get(prompt.id, Reply(WORDS))

    script = Script({WORDS: [choice("B")], "(B)": [choice("B")]})
    task = knowledge(toy(), judged=True)
    assert task.rule == "judge"
    with Judge(script.model(), tmp_path / "judge.jsonl") as judge:
        summary = run_task(task, Talker(say), tmp_path, judge=judge)
    # keys A, B, C, A; replies: in words (B), (B), in words (B), failed
    assert [verdict.correct for verdict in summary.verdicts] == [False, True, False, False]
    assert summary.run["rule"] == "judge"
    assert summary.run["judge"] == {
        "model": "mockllm/judge",
        "settings": {"engine": "inspect", "temperature": 0.0},
        "answering": "free",
        "prompt": {"name": "judge", "hash": JudgeFile.load().hash},
    }
    assert summary.run["counts"] == {"asked": 4, "unparsed": 0, "failed": 1}
    told = summary.run["grading"]["agreement"]["judge, letter"]
    # Right or wrong: alike in all four. The option: B and none, B and B, B and none, none and none.
    assert (told["both_right"], told["both_wrong"], told["raw"], told["kappa"]) == (1, 3, 1.0, 1.0)
    # Expected by chance (3/4)(1/4) + (1/4)(3/4) = 3/8, observed 1/2: kappa (1/8) / (5/8).
    assert told["options"] == {"raw": 0.5, "kappa": 0.2}
    assert len(list(read_jsonl(tmp_path / "judge.jsonl"))) == 3  # the key is part of the question


def test_a_judge_and_a_task_that_knows_of_it_come_together(tmp_path: Path) -> None:
    talker = Talker(lambda _: Reply("(B)"))
    with pytest.raises(BadRecipe, match="comes with its judge"):
        run_task(knowledge(toy(), judged=True), talker, tmp_path)
    with pytest.raises(BadRecipe, match="'judge' needs a judge"):
        knowledge(toy(), rule="judge")
    with pytest.raises(BadRecipe, match="reads free replies"):
        knowledge(toy(), judged=True, answering="likelihood")
    assert knowledge(toy(), judged=True, rule="letter").rule == "letter"


def test_the_mock_is_a_judge_whose_answers_nobody_can_read(tmp_path: Path) -> None:
    with open_judge("mockllm/model", tmp_path / "j.jsonl") as judge:
        assert judge.provider.settings["temperature"] == 0.0
        assert judge.rule([case("(B)"), case("")]) == [UNREADABLE, NO_CHOICE]
    rounds = [row["round"] for _, row in read_jsonl(tmp_path / "j.jsonl")]
    assert rounds == [0, 1, 2]


class Scorer:
    """A local judge: gives the choice that its table names for a reply the highest score."""

    name, settings = "echoic/toy", dict[str, Any]()

    def __init__(self, table: dict[str, str]) -> None:
        self.table, self.prompts = table, list[Prompt]()

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for at, prompt in enumerate(prompts):
            self.prompts.append(prompt)
            reply = next(reply for reply in self.table if f"\n{reply}\n" in prompt.user)
            wanted = self.table[reply] + '"}'
            scores = tuple(-0.5 if text == wanted else -2.0 for text in prompt.continuations)
            yield at, Reply("", stop="scored", scores=scores)


def test_a_local_judge_scores_the_choices_and_needs_to_write_no_json(tmp_path: Path) -> None:
    scorer = Scorer({"x": "B", "y": "none", "z": "nothing"})
    with Judge(scorer, tmp_path / "j.jsonl") as judge:
        rulings = judge.rule([case("x"), case("y"), case("z")])
    assert rulings == [Ruling(1), NO_CHOICE, UNREADABLE]  # z: all choices are equally likely
    prompt = scorer.prompts[0]
    assert prompt.prefill == '{"choice": "'
    assert prompt.continuations == ('A"}', 'B"}', 'C"}', 'none"}')
    with Judge(Scorer({}), tmp_path / "j.jsonl") as judge:
        assert judge.rule([case("y"), case("x")]) == [NO_CHOICE, Ruling(1)]


class Handler(BaseHTTPRequestHandler):
    """OpenAI's chat completions of a judge that takes every reply for B, reading some twice."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert body["temperature"] == 0
        user = body["messages"][-1]["content"]
        first = "could not be read" not in user
        text = "I think B." if first and "brass" in user else choice("B")
        asked: list[str] = self.server.asked  # type: ignore[attr-defined]
        asked.append(user)
        message = {"role": "assistant", "content": text}
        told = {
            "id": "x", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }  # fmt: skip
        data = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def score(
    folder: Path, server: ThreadingHTTPServer, *more: str
) -> subprocess.CompletedProcess[str]:
    address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    environment = {**os.environ, "LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none"}
    command = [
        sys.executable, "-m", "echoic", "score", "--benchmark", "q.jsonl", "--predictions",
        "p.jsonl", "--judge", "openai-api/local/judge", *more,
    ]  # fmt: skip
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_score_asks_a_judge_behind_an_api_and_lists_what_the_rules_differ_on(
    tmp_path: Path, server: ThreadingHTTPServer
) -> None:
    questions = [replace(QUESTION, id=f"q{n}").to_record() for n in range(4)]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, questions)))
    replies = {"q0": WORDS, "q1": "(A)", "q2": "trumpet"}
    rows = [json.dumps({"id": id_, "prediction": text}) for id_, text in replies.items()]
    (tmp_path / "p.jsonl").write_text("\n".join(rows))
    files = ["--json", "out.json", "--disagreements", "differ.jsonl", "--details", "more.json"]
    done = score(tmp_path, server, *files)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out.json").read_text())
    assert [result[key] for key in ("rule", "n", "correct", "unparsed", "missing")] == [
        "judge", 4, 3, 0, 1,
    ]  # fmt: skip
    differ = [row for _, row in read_jsonl(tmp_path / "differ.jsonl")]
    assert {
        row["id"]: {r: said["chosen"] for r, said in row["rules"].items()} for row in differ
    } == {
        "q0": {"letter": None, "official": None, "judge": "trumpet"},
        "q1": {"letter": "violin", "official": None, "judge": "trumpet"},
    }
    more = json.loads((tmp_path / "more.json").read_text())
    assert more["judge"]["model"] == "openai-api/local/judge"
    told = more["agreement"]["judge, letter"]
    assert (told["both_right"], told["only_judge_right"], told["both_wrong"]) == (1, 2, 0)
    assert "judge and letter: same in 33.33%, kappa 0.000" in done.stdout
    assert len(server.asked) == 4  # type: ignore[attr-defined]
    again = score(tmp_path, server, "--json", "again.json")
    assert again.returncode == 0, again.stderr
    assert json.loads((tmp_path / "again.json").read_text()) == result
    assert len(server.asked) == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "--benchmark", "x.jsonl", "--predictions", "p", "--rule", "judge"],
        [*KNOWLEDGE, "--rule", "judge"],
        [*KNOWLEDGE, "--judge", "mockllm/model", "--answering", "likelihood"],
        [*KNOWLEDGE, "--rule", "letter", "--answering", "likelihood"],
    ],
)  # fmt: skip
def test_a_judge_without_a_model_or_without_words_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "--judge" in capsys.readouterr().err
