"""A local server with OpenAI's chat interface that hears: it tells what audio it was sent.

It decodes the audio of each request and answers with `answer(text, samples, rate_hz)`; a request
whose audio is not what the API takes gets status 400, as from a real one.
"""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

MODEL = "openai-api/hearing/ears-1"


@dataclass
class Heard:
    """One request: its texts in order, and its audio decoded (None without)."""

    system: str
    text: str
    format: str = ""
    samples: npt.NDArray[np.float64] | None = None
    rate_hz: int = 0
    settings: dict[str, Any] = field(default_factory=dict)


Answer = Callable[[Heard], str]


@dataclass
class Server:
    """What was heard so far."""

    requests: list[Heard] = field(default_factory=list)


def read(body: dict[str, Any]) -> Heard:
    """A chat request as this server understands it. Raises ValueError for wrong audio."""
    system = " ".join(m["content"] for m in body["messages"] if m["role"] == "system")
    content = next(m["content"] for m in body["messages"] if m["role"] == "user")
    settings = {key: value for key, value in body.items() if key not in ("messages", "model")}
    if isinstance(content, str):
        return Heard(system, content, settings=settings)
    heard = Heard(system, " ".join(p["text"] for p in content if p["type"] == "text"))
    heard.settings = settings
    for part in content:
        if part["type"] == "input_audio":
            heard.format = part["input_audio"]["format"]
            if heard.format not in ("wav", "mp3"):
                raise ValueError(f"format {heard.format}")
            data = base64.b64decode(part["input_audio"]["data"], validate=True)
            found = soundfile.info(io.BytesIO(data)).format
            if {"wav": "WAV", "mp3": "MP3"}[heard.format] != found:
                raise ValueError(f"says {heard.format}, is {found}")
            heard.samples, heard.rate_hz = soundfile.read(io.BytesIO(data))
    return heard


@contextmanager
def hearing(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Iterator[Server]:
    """Run the server and point `MODEL` at it."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                heard = read(body)
                server.requests.append(heard)
                status, sent = 200, completion(answer(heard))
            except (ValueError, soundfile.LibsndfileError) as error:
                status, sent = 400, {"error": {"message": f"bad audio: {error}", "code": "400"}}
            payload = json.dumps(sent).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    monkeypatch.setenv("HEARING_BASE_URL", f"http://127.0.0.1:{web.server_port}/v1")
    monkeypatch.setenv("HEARING_API_KEY", "none")
    try:
        yield server
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


def completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "1", "object": "chat.completion", "created": 0, "model": "ears-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }  # fmt: skip


def main_pitch_hz(samples: npt.NDArray[np.float64], rate_hz: int) -> float:
    """The loudest frequency: what a listener would say of a sine."""
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    return float(np.argmax(np.abs(np.fft.rfft(mono))) * rate_hz / len(mono))
