"""vLLM in the process, against a stand-in with the signature of `vllm.LLM` (no GPU here)."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import soundfile

from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, in_round
from echoic.engine.providers import open_provider
from echoic.errors import BadRecipe, MissingExtra, ProviderFailed, UnknownName

PROMPTS = [Prompt(id=f"p{n}", user=f"question {n}", system="be short") for n in range(5)]


@dataclass
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    max_tokens: int | None = 16
    seed: int | None = None


@dataclass
class LLM:
    """As vLLM 0.15 has it: keyword names, defaults and shapes of what comes back."""

    model: str
    max_model_len: int = 50
    calls: list[dict[str, Any]] = field(default_factory=list)
    made: ClassVar[list["LLM"]] = []

    def __post_init__(self) -> None:
        if self.model == "no/such":
            raise OSError("no/such is not a local folder\nand more")
        self.made.append(self)

    def get_default_sampling_params(self) -> SamplingParams:
        return SamplingParams(temperature=0.6, top_k=20)

    def chat(
        self,
        messages: Sequence[list[dict[str, Any]]],
        sampling_params: SamplingParams | None = None,
        use_tqdm: bool = True,
        lora_request: object = None,
        chat_template: str | None = None,
        chat_template_content_format: str = "auto",
        add_generation_prompt: bool = True,
        continue_final_message: bool = False,
        tools: list[dict[str, Any]] | None = None,
        chat_template_kwargs: dict[str, Any] | None = None,
        tokenization_kwargs: dict[str, Any] | None = None,
        mm_processor_kwargs: dict[str, Any] | None = None,
    ) -> list[Any]:
        assert add_generation_prompt != continue_final_message
        texts = [str(talk[-1]["content"]) for talk in messages]
        if any(len(text) > self.max_model_len for text in texts):
            raise ValueError("The decoder prompt is longer than the maximum model length\nmore")
        self.calls.append({"messages": list(messages), "switch": chat_template_kwargs,
                           "sampling": sampling_params})  # fmt: skip
        return [
            SimpleNamespace(
                prompt_token_ids=[1] * len(text), num_cached_tokens=2,
                outputs=[SimpleNamespace(text=f"{text}!", token_ids=[1, 2, 3],
                                         finish_reason="length" if "1" in text else "stop")],
            )
            for text in texts
        ]  # fmt: skip


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> type[LLM]:
    module = ModuleType("vllm")
    module.LLM = LLM  # type: ignore[attr-defined]
    module.__spec__ = SimpleNamespace(name="vllm")  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    monkeypatch.delenv("VLLM_DEFAULT_SERVER_ARGS", raising=False)
    LLM.made.clear()
    return LLM


def test_all_prompts_go_together_and_replies_keep_their_places(vllm: type[LLM]) -> None:
    provider = open_provider("vllm/Qwen/Qwen3-8B", generation=Generation())
    replies = dict(provider.replies(PROMPTS, frozenset({3})))
    assert {at: reply.text for at, reply in replies.items()} == {
        n: f"question {n}!" for n in (0, 1, 2, 4)
    }
    assert (replies[1].stop, replies[2].stop) == ("length", "stop")
    assert (replies[0].tokens_in, replies[0].tokens_out, replies[0].tokens_cached) == (10, 3, 2)
    (llm,) = vllm.made
    (call,) = llm.calls
    assert llm.model == "Qwen/Qwen3-8B"
    assert call["messages"][0] == [
        {"role": "system", "content": "be short"},
        {"role": "user", "content": "question 0"},
    ]


def test_the_models_own_defaults_apply_and_are_recorded(vllm: type[LLM]) -> None:
    plain = open_provider("vllm/a/b", generation=Generation())
    assert plain.settings["engine"] == "vllm"
    # vLLM alone would cut every reply at 16 tokens.
    assert plain.settings["sampling"] == {
        "temperature": 0.6, "top_p": 1.0, "top_k": 20, "min_p": 0.0, "repetition_penalty": 1.0,
        "max_tokens": None, "seed": None,
    }  # fmt: skip
    told = open_provider("vllm/a/b", generation=Generation(temperature=0, max_tokens=7, seed=3))
    sampling = told.settings["sampling"]
    assert (sampling["temperature"], sampling["max_tokens"], sampling["seed"]) == (0, 7, 3)
    assert sampling["top_k"] == 20


def test_each_round_of_repeats_draws_with_a_seed_of_its_own(vllm: type[LLM]) -> None:
    provider = open_provider("vllm/a/b", generation=Generation(temperature=1, seed=3))
    for repeat in range(3):
        list(in_round(provider, repeat).replies(PROMPTS[:1]))
    (llm,) = vllm.made
    assert [call["sampling"].seed for call in llm.calls] == [3, 4, 5]
    assert provider.settings["sampling"]["seed"] == 3


def test_the_reasoning_switch_reaches_the_template(vllm: type[LLM]) -> None:
    for reasoning, switch in ((None, None), ("off", False), ("on", True)):
        provider = open_provider("vllm/a/b", generation=Generation(reasoning=reasoning))
        list(provider.replies(PROMPTS[:1]))
        wanted = None if switch is None else {"enable_thinking": switch}
        assert vllm.made[-1].calls[0]["switch"] == wanted
        assert provider.settings.get("reasoning") == reasoning


def test_a_prompt_that_is_too_long_fails_alone(vllm: type[LLM]) -> None:
    prompts = [*PROMPTS, Prompt("long", "x" * 51)]
    replies = dict(open_provider("vllm/a/b", generation=Generation()).replies(prompts))
    assert (replies[5].stop, replies[5].error) == (
        "failed", "The decoder prompt is longer than the maximum model length",
    )  # fmt: skip
    assert [replies[at].text for at in range(5)] == [f"question {n}!" for n in range(5)]


def test_a_prefill_is_gone_on_with(vllm: type[LLM]) -> None:
    provider = open_provider("vllm/a/b", generation=Generation())
    prompts = [PROMPTS[0], Prompt("p", "question 9", prefill="It is")]
    assert dict(provider.replies(prompts))[1].text == "It is!"
    assert [len(call["messages"]) for call in vllm.made[0].calls] == [1, 1]


def test_audio_goes_inline_and_a_broken_clip_fails_alone(vllm: type[LLM], tmp_path: Path) -> None:
    good, bad = tmp_path / "good.wav", tmp_path / "bad.wav"
    soundfile.write(good, np.zeros(8000), 16_000)
    bad.write_bytes(b"RIFF")
    prompts = [Prompt("g", f"{AUDIO_MARK} what?", audio=good),
               Prompt("b", f"{AUDIO_MARK} what?", audio=bad)]  # fmt: skip
    provider = open_provider("vllm/a/b", generation=Generation())
    vllm.made[0].max_model_len = 10**6
    replies = dict(provider.replies(prompts))
    assert replies[1].stop == "failed"
    assert "bad.wav" in replies[1].error
    sound, text = vllm.made[0].calls[0]["messages"][0][0]["content"]
    assert sound["input_audio"]["format"] == "wav"
    assert text == {"type": "text", "text": "what?"}


def test_arguments_of_the_engine_come_from_the_environment(
    vllm: type[LLM], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_DEFAULT_SERVER_ARGS", '{"max_model_len": 99}')
    provider = open_provider("vllm/a/b", generation=Generation())
    assert vllm.made[0].max_model_len == 99
    assert provider.settings["arguments"] == {"max_model_len": 99}
    monkeypatch.setenv("VLLM_DEFAULT_SERVER_ARGS", "max_model_len=99")
    with pytest.raises(BadRecipe, match="not JSON"):
        open_provider("vllm/a/b", generation=Generation())
    monkeypatch.setenv("VLLM_DEFAULT_SERVER_ARGS", '{"max_len": 99}')
    with pytest.raises(ProviderFailed, match="max_len"):
        open_provider("vllm/a/b", generation=Generation())


def test_what_it_cannot_do_is_one_line(vllm: type[LLM]) -> None:
    with pytest.raises(ProviderFailed, match=r"cannot load it: no/such is not a local folder$"):
        open_provider("vllm/no/such", generation=Generation())
    with pytest.raises(UnknownName, match="connections: not for"):
        open_provider("vllm/a/b", generation=Generation(), connections=3)
    scored = Prompt("s", "?", continuations=(" a", " b"))
    with pytest.raises(ProviderFailed, match="answers freely only"):
        list(open_provider("vllm/a/b", generation=Generation()).replies([scored]))


def test_without_vllm_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_BASE_URL", raising=False)
    monkeypatch.setitem(sys.modules, "vllm", None)  # as if not installed
    with pytest.raises(MissingExtra, match=r"pip install vllm, .* VLLM_BASE_URL, .* hf/"):
        open_provider("vllm/a/b", generation=Generation())
