"""Questions from models: requests, what is read of replies, and a server that misbehaves."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from echoic.curation.generate import DEFAULT_WRITERS, PER_REQUEST, Request, estimate, parse, plan
from echoic.curation.taxonomy import taxonomy
from echoic.question import read_questions

RHYME = taxonomy()["Rhyme"]
REQUEST = Request(RHYME, "expert", 0, 6)


def written(number: int) -> dict[str, Any]:
    return {
        "stem": f"Which word rhymes with word {number}?",
        "options": [f"{kind} {number}" for kind in ("cat", "dog", "owl", "bee")],
        "answer": "ABCD"[number % 4],
        "rationale": "they share the vowel and all that follows",
        "source": "a dictionary",
    }


def test_requests_cover_the_target_times_the_oversampling() -> None:
    for writers in (1, 3):
        requests = plan(taxonomy().subcategories, writers, 1.5)
        for sub in taxonomy().subcategories:
            mine = [r for r in requests if r.subcategory == sub]
            assert writers * sum(r.count for r in mine) >= 1.5 * sub.target
            assert writers * (len(mine) - 1) * PER_REQUEST < 1.5 * sub.target
            assert {r.level for r in mine} == {"everyday", "informed", "expert"}
        assert len({request.id for request in requests}) == len(requests)


def test_the_estimate_grows_with_writers_and_prices_those_on_the_list() -> None:
    requests = plan([RHYME], 1)
    one = estimate(requests, ["openai/gpt-5"])
    two = estimate(requests, ["openai/gpt-5", "openai/unheard-of"])
    assert two.requests == 2 * one.requests == 2 * len(requests)
    assert two.tokens_in == 2 * one.tokens_in > 2 * 400 * len(requests) / 4
    assert two.tokens_out == 2 * one.tokens_out
    assert one.dollars == pytest.approx((1.25 * one.tokens_in + 10 * one.tokens_out) / 1e6)
    assert (two.dollars, two.unpriced) == (one.dollars, ("openai/unheard-of",))


def test_the_default_writers_have_prices() -> None:
    assert estimate(plan([RHYME], 3), DEFAULT_WRITERS).unpriced == ()


def test_a_prompt_names_scope_guideline_and_form() -> None:
    prompt = REQUEST.prompt
    assert RHYME.scope in prompt.user
    assert RHYME.out_of_scope in prompt.user
    assert '{"stem": "...", "options"' in prompt.user
    assert "{" + "scope}" not in prompt.user


def test_a_prompt_holds_the_guideline_of_its_subcategory() -> None:
    told = RHYME.guideline.splitlines()
    assert [line.partition(":")[0] for line in told] == [
        "Tests", "Distractors", "Difficulty", "Traps",
    ]  # fmt: skip
    assert all(line in REQUEST.prompt.user for line in told)


def test_only_well_formed_questions_are_read() -> None:
    good = written(1)
    faulty = [
        {**good, "options": good["options"][:3]},
        {**good, "options": ["one", "One", "two", "three"]},
        {**good, "answer": "E"},
        {**good, "answer": 2},
        {**good, "stem": ""},
        {key: value for key, value in good.items() if key != "answer"},
        "text",
    ]
    text = "Here they are:\n```json\n" + json.dumps([good, *faulty]) + "\n```"
    (question,) = parse(text, REQUEST, "maker/model", "hash")
    assert question.gold == "dog 1"
    assert question.source == "written: a dictionary"
    told = question.evidence
    assert (told["writer"], told["prompt"], told["level"]) == ("maker/model", "hash", "expert")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]+\+00:00", told["time"])
    for nothing in ("", "no", "[", "[1, 2", '{"stem": 1}'):
        assert list(parse(nothing, REQUEST, "m", "h")) == []


class Server(ThreadingHTTPServer):
    """OpenAI's chat completions: good, malformed (once), doubled and late answers in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock, self.asked, self.answered = threading.Lock(), Counter[str](), Counter[str]()

    def reply(self, user: str) -> str:
        with self.lock:
            self.asked[user] += 1
            place, turn = list(self.asked).index(user), self.asked[user]
        kind = place % 4
        if kind == 1 and turn == 1:
            return "I would rather not."
        if kind == 3:
            time.sleep(0.3)
        first = 0 if kind == 2 else PER_REQUEST * place
        return json.dumps([written(first + step) for step in range(PER_REQUEST)])


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        user = body["messages"][-1]["content"]
        content = self.server.reply(user if isinstance(user, str) else user[0]["text"])
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": content},
        }
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        data = json.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "m",
                "choices": [choice],
                "usage": usage,
            }
        ).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            return  # the asker was killed
        with self.server.lock:
            self.server.answered[user if isinstance(user, str) else user[0]["text"]] += 1

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def start(server: Server, out: Path) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "echoic", "bench", "generate", "--yes", "--out", str(out)),
        *("--writers", "openai-api/local/writer", "--oversampling", "3"),
        *("--subcategory", "Rhyme", "--subcategory", "Emotion"),
    ]
    address = f"http://127.0.0.1:{server.server_port}/v1"
    environment = {**os.environ, "LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def test_killed_and_restarted_it_asks_only_for_what_is_missing(
    server: Server, tmp_path: Path
) -> None:
    out = tmp_path / "candidates.jsonl"
    requests = plan([RHYME, taxonomy()["Emotion"]], 1, 3)
    first = start(server, out)
    while sum(server.answered.values()) < len(requests) // 2:
        assert first.poll() is None
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    (journal,) = tmp_path.glob("*.replies.jsonl")
    kept = {json.loads(line)["id"] for line in journal.read_bytes().splitlines(keepends=True)
            if line.endswith(b"\n")}  # fmt: skip
    assert kept
    before = Counter(server.asked)
    assert start(server, out).wait() == 0
    again = Counter(server.asked)
    prompts = {request.id: request.prompt.user for request in requests}
    malformed = {user for place, user in enumerate(server.asked) if place % 4 == 1}
    for id_ in kept:
        if prompts[id_] not in malformed:
            assert again[prompts[id_]] == before[prompts[id_]]
    assert set(server.asked) == set(prompts.values())
    questions = read_questions(out)
    assert len({question.stem for question in questions}) == len(questions)
    assert len(questions) >= (len(requests) - len(requests) // 4) * PER_REQUEST
    done = Counter(server.asked)
    assert start(server, out).wait() == 0
    assert server.asked == done
    assert read_questions(out) == questions
