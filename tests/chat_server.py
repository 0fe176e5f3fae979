"""A local server with OpenAI's chat interface that answers, or fails in a chosen way.

`act(number, attempt)` says what happens to the attempt-th request (from 1) for question `number`,
the last number in the prompt. `Server.sent` counts complete good replies by question.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "openai-api/local/parrot"
JSON = "application/json"
Act = Callable[[int, int], str]
USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 10,
    "total_tokens": 110,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 4},
}


@dataclass
class Server:
    """What was asked and answered so far, and where."""

    url: str
    environment: dict[str, str]
    bodies: list[dict[str, Any]] = field(default_factory=list)
    asked: Counter[int] = field(default_factory=Counter)
    sent: Counter[int] = field(default_factory=Counter)


def number_in(body: dict[str, Any]) -> int:
    """The number of the question: the one behind "question" in the prompt."""
    found = re.search(r"question (\d+)", body["messages"][-1]["content"])
    assert found
    return int(found.group(1))


def completion(text: str, stop: str = "stop") -> bytes:
    """A chat completion of OpenAI's API."""
    choice = {"index": 0, "finish_reason": stop, "message": {"role": "assistant"}}
    choice["message"]["content"] = text  # type: ignore[index]
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "parrot-2025"}
    return json.dumps({**whole, "choices": [choice], "usage": USAGE}).encode()


@contextmanager
def serving(act: Act = lambda number, attempt: "ok", delay_s: float = 0.0) -> Iterator[Server]:
    """Run the server until the block ends."""
    lock, closing = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number = number_in(body)
            with lock:
                server.bodies.append(body)
                server.asked[number] += 1
                attempt = server.asked[number]
            self.answer(number, act(number, attempt))

        def answer(self, number: int, what: str) -> None:
            closing.wait(delay_s)
            if what in ("429", "500"):
                self.send(int(what), b'{"error": {"message": "told to fail"}}')
            elif what == "timeout":
                closing.wait(30)
                self.close_connection = True
            elif what == "truncated":
                self.send(200, completion("B")[:60], length=len(completion("B")))
                self.close_connection = True
            elif what == "no body":
                self.send(200, b"")
            elif what == "not JSON":
                self.send(200, b"<html>gateway</html>")
            elif what == "page":
                self.send(200, b"<html>gateway</html>", kind="text/html")
            elif what == "error object":
                self.send(200, b'{"error": {"message": "overloaded"}}')
            elif what == "broken off":
                self.send(200, completion("", stop="error"))
            else:
                self.send(200, completion("" if what == "empty" else "B"))
                with lock:
                    server.sent[number] += 1

        def send(
            self,
            status: int,
            data: bytes,
            length: int | None = None,
            kind: str = "application/json",
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data) if length is None else length))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # clients that gave up

    http = Quiet(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{http.server_port}/v1"
    server = Server(url, {"LOCAL_BASE_URL": url, "LOCAL_API_KEY": "k"})
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        closing.set()
        http.shutdown()
        http.server_close()
        thread.join()


def question_lines(count: int) -> str:
    """A JSONL file of questions whose right answer is B."""
    rows = [
        {"id": f"q{n}", "stem": f"Which is question {n}?", "options": ["bell", "drum", "horn"],
         "answer": 1, "category": "Sound", "subcategory": "s"}
        for n in range(count)
    ]  # fmt: skip
    return "".join(json.dumps(row) + "\n" for row in rows)
