import asyncio
import base64
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
import soundfile
from inspect_ai.model import ContentAudio, ContentText, ModelOutput, ModelUsage

from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.providers import open_provider
from echoic.engine.remote import MOCK_REPLY, RemoteModel
from echoic.errors import ProviderFailed, UnknownName

# Inspect calls tenacity in a way that its newest version deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")

PROMPTS = [Prompt(id=str(number), user=f"question {number}") for number in range(30)]


def output(text: str, stop: str = "stop") -> ModelOutput:
    made = ModelOutput.from_content(model="mockllm", content=text, stop_reason=stop)  # type: ignore[arg-type]
    made.usage = ModelUsage(input_tokens=5, output_tokens=2)
    return made


def model(answer: Any, generation: Generation | None = None) -> RemoteModel:
    return RemoteModel(
        "mockllm/model",
        generation=generation or Generation(),
        model_args={"custom_outputs": answer},
    )


def test_the_mock_answers_every_prompt() -> None:
    provider = open_provider("mockllm/model", generation=Generation())
    replies = dict(provider.replies(PROMPTS))
    assert replies == {at: Reply(MOCK_REPLY) for at in range(len(PROMPTS))}


def test_each_reply_belongs_to_its_prompt_and_early_ones_come_first() -> None:
    others: list[int] = []
    all_others = asyncio.Event()

    async def answer(messages: Any, *_: Any) -> ModelOutput:
        number = int(messages[-1].text.split()[-1])
        if number == 0:
            await all_others.wait()
        else:
            others.append(number)
            if len(others) == 29:
                all_others.set()
        return output(f"answer {number}")

    replies = list(model(answer).replies(PROMPTS))
    assert {at: reply.text for at, reply in replies} == {n: f"answer {n}" for n in range(30)}
    # It ends with the last of ten requests in flight, so at least twenty others came before.
    assert [at for at, _ in replies].index(0) >= 20


def test_what_is_done_is_not_asked() -> None:
    asked = []

    def answer(messages: Any, *_: Any) -> ModelOutput:
        asked.append(messages[-1].text)
        return output("yes")

    replies = dict(model(answer).replies(PROMPTS[:4], frozenset({0, 2})))
    assert sorted(replies) == [1, 3]
    assert sorted(asked) == ["question 1", "question 3"]


def test_requests_in_flight_stay_within_the_providers_limit() -> None:
    open_now, most = 0, 0

    async def answer(*_: Any) -> ModelOutput:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.005)
        open_now -= 1
        return output("yes")

    assert len(list(model(answer).replies(PROMPTS))) == 30
    assert 1 < most <= 10


def test_an_error_of_the_provider_is_a_failed_reply_and_the_rest_goes_on() -> None:
    def answer(messages: Any, *_: Any) -> ModelOutput:
        if messages[-1].text == "question 1":
            raise PermissionError("no such deployment")
        return output("yes")

    replies = dict(model(answer).replies(PROMPTS[:3]))
    assert (replies[1].stop, replies[1].error) == ("failed", "no such deployment")
    assert replies[0].text == replies[2].text == "yes"


@pytest.mark.parametrize(
    ("reason", "stop", "extra"),
    [
        ("stop", "stop", {}),
        ("max_tokens", "length", {}),
        ("content_filter", "stop", {"stop_reason": "content_filter"}),
    ],
)
def test_the_reason_to_stop_is_kept(reason: str, stop: str, extra: dict[str, str]) -> None:
    reply = dict(model(lambda *_: output("x", reason)).replies(PROMPTS[:1]))[0]
    assert reply == Reply("x", stop=stop, tokens_in=5, tokens_out=2, extra=extra)


def test_generation_settings_reach_the_provider_and_defaults_stay_unset() -> None:
    seen = []

    def answer(_: Any, __: Any, ___: Any, config: Any) -> ModelOutput:
        seen.append((config.temperature, config.max_tokens, config.top_p))
        return output("x")

    list(model(answer).replies(PROMPTS[:1]))
    list(model(answer, Generation(temperature=0.5, max_tokens=9)).replies(PROMPTS[:1]))
    assert seen == [(None, None, None), (0.5, 9, None)]
    assert model(answer).settings == {"engine": "inspect"}
    assert model(answer, Generation(max_tokens=9)).settings == {
        "engine": "inspect",
        "max_tokens": 9,
    }


def test_audio_stands_where_its_mark_is(tmp_path: Path) -> None:
    seen = []

    def answer(messages: Any, *_: Any) -> ModelOutput:
        seen.append(messages)
        return output("x")

    clip = tmp_path / "clip.wav"
    soundfile.write(clip, np.zeros(8), 8000)
    prompt = Prompt(id="a", system="listen", user=f"{AUDIO_MARK}\n\nWhat is it?", audio=clip)
    list(model(answer).replies([prompt]))
    system, user = seen[0]
    assert system.text == "listen"
    sound, text = user.content
    assert isinstance(sound, ContentAudio)
    encoded = base64.b64encode(clip.read_bytes()).decode()
    assert (sound.format, sound.audio) == ("wav", f"data:audio/wav;base64,{encoded}")
    assert isinstance(text, ContentText)
    assert text.text == "What is it?"


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Prompt(id="l", user="?", continuations=(" a", " b")), "cannot score given answers"),
        (Prompt(id="p", user="?", prefill="Answer:"), "beginning of its answer"),
    ],
)
def test_what_no_api_can_do_is_said_at_once(prompt: Prompt, words: str) -> None:
    provider = open_provider("mockllm/model", generation=Generation())
    with pytest.raises(ProviderFailed, match=words):
        list(provider.replies([prompt]))


def test_one_provider_can_be_asked_again_in_the_same_process() -> None:
    provider = open_provider("mockllm/model", generation=Generation())
    for _ in range(3):
        assert len(list(provider.replies(PROMPTS))) == 30


def test_inside_a_running_event_loop_it_says_what_to_do() -> None:
    provider = open_provider("mockllm/model", generation=Generation())

    async def notebook() -> None:
        list(provider.replies(PROMPTS))

    with pytest.raises(ProviderFailed, match="from a script or from another thread"):
        asyncio.run(notebook())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("opnai/gpt-5", "did you mean openai/"),
        ("nosuchprovider/x", "nosuchprovider"),
        ("gpt-5", "write provider/model"),
        ("openai/", "write provider/model"),
    ],
)
def test_an_unknown_model_string_is_named(name: str, words: str) -> None:
    with pytest.raises(UnknownName, match=words):
        open_provider(name, generation=Generation())


def test_options_of_local_models_are_refused_for_others() -> None:
    with pytest.raises(UnknownName, match="dtype: not for 'mockllm/model'"):
        open_provider("mockllm/model", generation=Generation(), dtype="float32")


def test_the_remote_way_needs_no_torch() -> None:
    script = (
        "import sys; from echoic.engine.ask import *; "
        "from echoic.engine.providers import open_provider; "
        "p = open_provider('mockllm/model', generation=Generation()); "
        "list(p.replies([Prompt(id='1', user='?')])); "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


INTERRUPTED = """
import asyncio, sys
import echoic.engine.remote as remote
from echoic.cli.main import main

fast = remote.mock_output
count = 0

async def slow(*_):
    global count
    count += 1
    await asyncio.sleep(0 if count <= 3 else 60)
    return fast()

remote.mock_output = slow
main(sys.argv[1:])
"""


def test_an_interrupt_ends_with_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    lines = [
        f'{{"id":"q{n}","stem":"s","options":["a","b"],"answer":0,"category":"c","subcategory":"d"}}'
        for n in range(12)
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(lines) + "\n")
    verb = [
        "eval",
        "knowledge",
        "--model",
        "mockllm/model",
        "--benchmark",
        str(tmp_path / "q.jsonl"),
    ]
    verb += ["--out", str(tmp_path / "run")]
    journal = tmp_path / "run" / "replies.jsonl"
    worker = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *verb], stderr=subprocess.PIPE, text=True
    )
    while worker.poll() is None and not (journal.exists() and journal.read_text().count("\n") == 3):
        time.sleep(0.01)
    worker.send_signal(signal.SIGINT)
    _, errors = worker.communicate()
    assert worker.returncode == 130
    assert "the same command goes on where it stopped" in errors
    assert "Traceback" not in errors
    again = [sys.executable, "-c", "from echoic.cli.main import main; main()", *verb]
    subprocess.run(again, capture_output=True, check=True)
    assert journal.read_text().count("\n") == 12


@pytest.mark.parametrize("name", ["openai/m", "openai-api/lab/m"])
def test_openai_clients_speak_through_aiohttp_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for key in ("OPENAI_API_KEY", "LAB_API_KEY", "OPENAI_BASE_URL", "LAB_BASE_URL"):
        monkeypatch.setenv(key, "http://127.0.0.1:9/v1")
    model = RemoteModel(name, generation=Generation())
    assert isinstance(_client(model), openai.DefaultAioHttpClient)
    own = openai.DefaultAsyncHttpxClient()
    model = RemoteModel(name, generation=Generation(), model_args={"http_client": own})
    assert _client(model) is own


def _client(model: RemoteModel) -> object:
    return getattr(model._open().api, "http_client")  # noqa: B009
