"""Batches, against a local server with OpenAI's file and batch interface."""

import gc
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chat_server import completion
from echoic.engine.accounting import usage
from echoic.engine.ask import Generation, Prompt
from echoic.engine.remote import Asking, RemoteModel
from echoic.errors import ProviderFailed
from echoic.models.prices import packaged

# Inspect's batcher leaves its streams for the garbage collector to close.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*MemoryObject"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PROMPTS = [Prompt(id=f"p{n}", user=f"question {n}") for n in range(6)]


@contextmanager
def batch_server() -> Iterator[tuple[str, list[list[dict[str, Any]]]]]:
    """Its address, and the requests of every batch it got. Answers in reverse order."""
    batches: list[list[dict[str, Any]]] = []

    def results() -> bytes:
        lines = []
        for request in reversed(batches[-1]):
            said = json.loads(completion(request["body"]["messages"][-1]["content"].upper()))
            response = {"status_code": 200, "request_id": "r", "body": said}
            lines.append({"custom_id": request["custom_id"], "response": response, "error": None})
        return "".join(json.dumps(line) + "\n" for line in lines).encode()

    def batch(status: str) -> dict[str, Any]:
        whole = {"id": "b1", "object": "batch", "endpoint": "/v1/chat/completions", "created_at": 1,
                 "input_file_id": "in", "completion_window": "24h", "status": status,
                 "request_counts": {"total": 6, "completed": 6, "failed": 0}}  # fmt: skip
        return {**whole, "output_file_id": "out"} if status == "completed" else whole

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/files"):
                lines = re.findall(rb"^\{.*\}\r?$", body, re.MULTILINE)
                batches.append([json.loads(line) for line in lines])
                self.send({"id": "in", "object": "file", "bytes": 1, "created_at": 1,
                           "filename": "f", "purpose": "batch", "status": "processed"})  # fmt: skip
            else:
                self.send(batch("in_progress"))

        def do_GET(self) -> None:
            if self.path.endswith("/content"):
                self.send_bytes(results())
            else:
                self.send(batch("completed"))

        def send(self, value: dict[str, Any]) -> None:
            self.send_bytes(json.dumps(value).encode())

        def send_bytes(self, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1", batches
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def test_a_batch_answers_every_prompt_at_half_the_price(capsys: pytest.CaptureFixture[str]) -> None:
    with batch_server() as (url, batches):
        provider = RemoteModel(
            "openai/gpt-4o",
            generation=Generation(max_tokens=20),
            asking=Asking(batch=True, batch_tick_s=0.05),
            model_args={"base_url": url, "api_key": "k", "responses_api": False},
        )
        replies = dict(provider.replies(PROMPTS))
    assert {at: reply.text for at, reply in replies.items()} == {
        n: f"QUESTION {n}" for n in range(6)
    }
    assert sum(map(len, batches)) == 6
    assert {request["body"]["max_tokens"] for batch in batches for request in batch} == {20}
    assert all(reply.extra == {"batch": True} for reply in replies.values())
    # 60 fresh tokens at 2.50, 40 cached at 1.25, 10 out at 10.00 a million, of each reply; half.
    used = usage("openai/gpt-4o", PROMPTS, [replies[n] for n in range(6)], packaged())
    assert used["dollars"] == pytest.approx(6 * (60 * 2.5 + 40 * 1.25 + 10 * 10) / 2e6)
    assert used["batch"] == 6
    gc.collect()
    assert capsys.readouterr().out == ""  # results alone go to standard output


@pytest.mark.parametrize("model", ["mockllm/model", "openrouter/x/y", "google/vertex/gemini-2.5"])
def test_a_provider_without_batches_says_so(model: str) -> None:
    with pytest.raises(ProviderFailed, match=r"has no batch API that can be used here .*--batch"):
        RemoteModel(model, generation=Generation(), asking=Asking(batch=True))
