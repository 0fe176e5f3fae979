"""Providers that fail: every question ends with one verdict, or is listed as failed."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chat_server import MODEL, Server, question_lines, serving
from echoic.benchmarks.registry import load
from echoic.engine.ask import Generation
from echoic.engine.remote import Asking, RemoteModel
from echoic.errors import ProviderFailed
from echoic.evals.plan import TEXT, Task
from echoic.evals.tasks import Summary, run_task
from echoic.records import read_jsonl

FAULTS = {  # what the server does -> how the reason begins
    "429": "Error code: 429 - told to fail",
    "500": "Error code: 500 - told to fail",
    "timeout": "",
    "truncated": "",
    "not JSON": "the provider's response cannot be read: Expecting value",
    "no body": "the provider's response cannot be read: Expecting value",
    "page": "Unexpected non-ChatCompletion response: '<html>gateway</html>'",
    "error object": "the provider's response cannot be read",
    "broken off": "the provider broke off before the first word",
}
COUNT = 20
FAULTY = {n for n in range(COUNT) if n % 10 in (0, 3, 6)}  # 30 %


def asked(server: Server, folder: Path, *, retries: int = 0) -> Summary:
    path = folder / "tiny.jsonl"
    path.write_text(question_lines(COUNT))
    provider = RemoteModel(
        MODEL,
        generation=Generation(),
        asking=Asking(connections=16, timeout_s=5, retries=retries),
        model_args={"base_url": server.url, "api_key": "k"},
    )
    return run_task(Task(TEXT, load(str(path), None)), provider, folder / "run")


def stored(folder: Path) -> list[str]:
    return [row["id"] for _, row in read_jsonl(folder / "run" / "replies.jsonl")]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_in_transport_is_listed_and_asked_again(fault: str, tmp_path: Path) -> None:
    with serving(lambda number, _: fault if number in FAULTY else "ok") as server:
        summary = asked(server, tmp_path)
    assert set(summary.run["failed"]) == {f"q{n}" for n in FAULTY}
    for reason in summary.run["failed"].values():
        assert reason.startswith(FAULTS[fault])
        assert reason
        assert "RetryError" not in reason
    assert server.asked == dict.fromkeys(range(COUNT), 1)  # no retries means none
    assert summary.run["counts"] == {"asked": COUNT, "unparsed": 0, "failed": len(FAULTY)}
    assert sorted(stored(tmp_path)) == sorted(f"q{n}" for n in range(COUNT) if n not in FAULTY)
    with serving() as healthy:
        summary = asked(healthy, tmp_path)
    assert set(healthy.asked) == FAULTY  # what was answered is not asked again
    assert summary.run["failed"] == {}
    assert sorted(stored(tmp_path)) == sorted(f"q{n}" for n in range(COUNT))
    assert [v.correct for v in summary.verdicts] == [True] * COUNT


def test_an_empty_reply_is_an_answer_that_cannot_be_read(tmp_path: Path) -> None:
    with serving(lambda number, _: "empty" if number in FAULTY else "ok") as server:
        summary = asked(server, tmp_path)
        assert summary.run["failed"] == {}
        assert summary.run["counts"]["unparsed"] == len(FAULTY)
        assert sorted(stored(tmp_path)) == sorted(f"q{n}" for n in range(COUNT))
        asked(server, tmp_path)
    assert server.asked == dict.fromkeys(range(COUNT), 1)


def test_all_faults_at_once_leave_one_verdict_a_question(tmp_path: Path) -> None:
    kinds = ["429", "500", "timeout", "truncated", "not JSON", "empty", "ok", "ok", "ok", "ok"]
    with serving(lambda number, attempt: kinds[(number + attempt) % 10]) as server:
        for _ in range(10):
            summary = asked(server, tmp_path)
            verdicts = [row["question"] for _, row in read_jsonl(tmp_path / "run/verdicts.jsonl")]
            assert verdicts == [f"q{n}" for n in range(COUNT)]
            failed = {int(name[1:]) for name in summary.run["failed"]}
            answered = {int(name[1:]) for name in stored(tmp_path)}
            assert failed | answered == set(range(COUNT))
            assert not failed & answered
            if not failed:
                break
    assert not failed
    assert len(stored(tmp_path)) == COUNT
    # Nobody asked again for what had been answered.
    assert server.sent == dict.fromkeys(range(COUNT), 1)


@pytest.mark.parametrize("fault", ["500", "not JSON"])
def test_a_fault_that_passes_is_retried_within_the_run(fault: str, tmp_path: Path) -> None:
    with serving(lambda number, attempt: fault if number == 3 and attempt == 1 else "ok") as server:
        summary = asked(server, tmp_path, retries=2)
    assert summary.run["failed"] == {}
    assert server.asked[3] == 2


def test_kill_9_loses_only_what_was_in_flight(tmp_path: Path) -> None:
    connections, count = 4, 60
    (tmp_path / "tiny.jsonl").write_text(question_lines(count))
    verb = [
        "eval", "knowledge", "--model", MODEL, "--benchmark", "tiny.jsonl", "--out", "run",
        "--connections", str(connections),
    ]  # fmt: skip
    command = [sys.executable, "-m", "echoic", *verb]
    journal = tmp_path / "run" / "replies.jsonl"
    with serving(delay_s=0.05) as server:
        where = {"cwd": tmp_path, "env": {**os.environ, **server.environment}}
        worker = subprocess.Popen(command, stderr=subprocess.DEVNULL, **where)  # type: ignore[call-overload]
        while worker.poll() is None and server.sent.total() < count // 3:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL
        lines = journal.read_bytes().split(b"\n")
        kept = {json.loads(line)["id"] for line in lines[:-1]}
        assert len(kept) >= server.sent.total() - connections
        before = dict(server.asked)
        subprocess.run(command, check=True, capture_output=True, **where)  # type: ignore[call-overload]
        again = {n for n, times in server.asked.items() if times > before.get(n, 0)}
    assert again == {n for n in range(count) if f"q{n}" not in kept}
    assert sum(before.values()) - len(kept) <= connections
    assert sorted(stored(tmp_path)) == sorted(f"q{n}" for n in range(count))
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["counts"] == {"asked": count, "unparsed": 0, "failed": 0}


def test_a_run_that_gives_up_leaves_no_connection_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The client would say so on standard error, beside the one line of the error."""
    with serving(lambda number, _: "broken off") as server:
        with pytest.raises(ProviderFailed, match="all of the first 20 requests failed"):
            asked(server, tmp_path)
        gc.collect()
    assert not [record for record in caplog.records if "Unclosed" in record.getMessage()]
