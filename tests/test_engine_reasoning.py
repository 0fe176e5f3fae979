from typing import Any

import pytest

from chat_server import serving
from echoic.engine.accounting import described, usage
from echoic.engine.ask import Generation, Prompt, in_round
from echoic.engine.providers import open_provider
from echoic.engine.reasoning import inspect_settings
from echoic.engine.remote import Asking, RemoteModel
from echoic.errors import ProviderFailed, UnknownName
from echoic.models.prices import packaged

SWITCHED_OFF = {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}}
SWITCHED_ON = {"extra_body": {"chat_template_kwargs": {"enable_thinking": True}}}


@pytest.mark.parametrize(
    ("model", "reasoning", "told"),
    [
        ("vllm/Qwen/Qwen3-8B", "off", SWITCHED_OFF),
        ("sglang/Qwen/Qwen3-8B", "on", SWITCHED_ON),
        ("openai-api/local/qwen3", "off", SWITCHED_OFF),
        ("openai-api/local/gpt-oss", "high", {**SWITCHED_ON, "reasoning_effort": "high"}),
        ("openai/gpt-5", "low", {"reasoning_effort": "low"}),
        ("openai/gpt-5.1", "off", {"reasoning_effort": "none"}),
        ("openai/gpt-4o", "off", {}),
        ("google/gemini-2.5-flash", "off", {"reasoning_effort": "none"}),
        ("google/gemini-2.0-flash", "off", {}),
        ("anthropic/claude-sonnet-4-5", "on", {"reasoning_effort": "medium"}),
        ("anthropic/claude-sonnet-4-5", None, {}),
    ],
)
def test_each_provider_is_told_in_its_own_words(
    model: str, reasoning: str | None, told: dict[str, Any]
) -> None:
    assert inspect_settings(model, reasoning) == told


@pytest.mark.parametrize(
    ("model", "reasoning", "words"),
    [
        ("openai/gpt-5", "off", "cannot be switched off"),
        ("openai/o3-mini", "off", "cannot be switched off"),
        ("google/gemini-2.5-pro", "off", "cannot be switched off"),
        ("openai/gpt-4o", "on", "does not reason"),
        ("google/gemini-2.0-flash", "high", "does not reason"),
    ],
)
def test_what_a_model_cannot_do_is_an_error(model: str, reasoning: str, words: str) -> None:
    with pytest.raises(ProviderFailed, match=words):
        inspect_settings(model, reasoning)


def test_the_switch_arrives_at_the_server_and_in_the_settings() -> None:
    with serving() as server:
        provider = RemoteModel(
            "openai-api/local/qwen3",
            generation=Generation(reasoning="off", max_tokens=9),
            model_args={"base_url": server.url, "api_key": "k"},
        )
        replies = list(provider.replies([Prompt("a", "question 1")]))
    assert [reply.text for _, reply in replies] == ["B"]
    assert server.bodies[0]["chat_template_kwargs"] == {"enable_thinking": False}
    assert provider.settings == {"engine": "inspect", "max_tokens": 9, "reasoning": "off"}
    assert provider.applied["request"] == {"model": "qwen3", "max_tokens": 9, **SWITCHED_OFF}
    # The server says that it reasoned all the same: that is told, not hidden.
    assert replies[0][1].tokens_reasoning == 4
    assert replies[0][1].extra == {"reasoned": True}
    used = usage(provider.name, [Prompt("a", "question 1")], [replies[0][1]], packaged())
    assert "1 replies reasoned although that was switched off" in described(provider.name, used)


def test_unknown_words_and_local_models_are_refused() -> None:
    with pytest.raises(UnknownName, match="'of' is none of off, on"):
        Generation(reasoning="of")
    with pytest.raises(ProviderFailed, match="reasoning off only"):
        open_provider("echoic/smollm2-135m-instruct", generation=Generation(reasoning="on"))


def test_the_response_cache_answers_the_second_time_at_no_cost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    prompts = [Prompt("a", "question 1"), Prompt("b", "question 2")]
    with serving() as server:
        for extra in ({}, {"from_cache": True}):
            provider = RemoteModel(
                "openai-api/local/parrot",
                generation=Generation(),
                asking=Asking(cache=True),
                model_args={"base_url": server.url, "api_key": "k"},
            )
            replies = dict(provider.replies(prompts))
            assert [replies[at].text for at in (0, 1)] == ["B", "B"]
            assert [replies[at].extra for at in (0, 1)] == [extra, extra]
    assert server.asked.total() == 2


def test_the_response_cache_keeps_the_rounds_of_repeats_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    prompts = [Prompt("a", "question 1")]
    with serving() as server:
        for start in range(2):
            provider = RemoteModel(
                "openai-api/local/parrot",
                generation=Generation(temperature=1.0),
                asking=Asking(cache=True),
                model_args={"base_url": server.url, "api_key": "k"},
            )
            for repeat in range(3):
                ((_, reply),) = in_round(provider, repeat).replies(prompts)
                assert reply.extra == ({"from_cache": True} if start else {})
        assert server.asked.total() == 3
