"""vLLM in this process: `vllm.LLM.chat` with thousands of prompts at once.

vLLM plans its batches itself, so it gets all prompts of a round together; a round is what a killed
run may lose. The model's own sampling defaults apply (its `generation_config.json`), overridden by
what was given, and are part of the settings. Arguments of the engine (`tensor_parallel_size`,
`max_model_len`, ...) come as JSON from VLLM_DEFAULT_SERVER_ARGS, as Inspect reads it.
"""

import copy
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.audio_input import api_audio
from echoic.engine.reasoning import template_switch
from echoic.errors import BadClip, BadRecipe, MissingExtra, ProviderFailed
from echoic.models.needs import need

ARGUMENTS = "VLLM_DEFAULT_SERVER_ARGS"
ROUND, ROUND_AUDIO = 4096, 256  # prompts; clips of a round are held in memory
SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_tokens", "seed")


class VllmModel:
    """A hub id or folder on vLLM behind the `Provider` interface; `llm` is a `vllm.LLM`."""

    def __init__(
        self,
        name: str,
        llm: Any,
        *,
        generation: Generation,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self._name, self._llm = name, llm
        self._reasoning = generation.reasoning
        self._arguments = dict(arguments or {})
        self._sampling = llm.get_default_sampling_params()
        # vLLM's own default cuts replies at 16 tokens: None lets the model end by itself.
        self._sampling.max_tokens = generation.max_tokens
        for key in ("temperature", "top_p", "seed"):
            if (value := getattr(generation, key)) is not None:
                setattr(self._sampling, key, value)

    def reseeded(self, repeat: int) -> "VllmModel":
        """This model for another round: where a seed was given, with another one."""
        again = copy.copy(self)
        if self._sampling.seed is not None:
            again._sampling = copy.copy(self._sampling)
            again._sampling.seed += repeat
        return again

    @classmethod
    def open(cls, model: str, name: str, *, generation: Generation) -> "VllmModel":
        """Load `name`. Raises MissingExtra without vLLM, ProviderFailed when it will not."""
        try:
            vllm = need("vllm")
        except MissingExtra as error:
            raise MissingExtra(
                f"{model}: vLLM is not installed: pip install vllm, or name a running server in "
                "VLLM_BASE_URL, or take hf/... in place of vllm/..."
            ) from error
        arguments = _arguments()
        try:
            llm = vllm.LLM(model=name, **arguments)
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            raise ProviderFailed(f"{model}: vLLM cannot load it: {_first_line(error)}") from error
        return cls(model, llm, generation=generation, arguments=arguments)

    @property
    def name(self) -> str:
        """The model string that names it in results."""
        return self._name

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that decides the replies: the sampling as vLLM applies it, and the engine's options.

        vLLM's results still vary a little with what else is in a batch.
        """
        sampling = {key: getattr(self._sampling, key, None) for key in SAMPLING}
        told = {"reasoning": self._reasoning} if self._reasoning else {}
        return {"engine": "vllm", "sampling": sampling, "arguments": self._arguments, **told}

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply), round after round.

        A prompt that vLLM refuses (too long) or whose clip cannot be decoded fails alone. Raises
        ProviderFailed for prompts with continuations to score.
        """
        todo = [(at, prompt) for at, prompt in enumerate(prompts) if at not in done]
        if any(prompt.continuations for _, prompt in todo):
            raise ProviderFailed(
                f"{self._name}: vLLM in the process answers freely only; use --answering free, or "
                "hf/... to score given answers"
            )
        width = ROUND_AUDIO if any(prompt.audio for _, prompt in todo) else ROUND
        for prefilled in (False, True):
            group = [item for item in todo if bool(item[1].prefill) == prefilled]
            for start in range(0, len(group), width):
                yield from self._round(group[start : start + width], prefilled)

    def _round(
        self, todo: list[tuple[int, Prompt]], prefilled: bool
    ) -> Iterator[tuple[int, Reply]]:
        talks: list[tuple[int, list[dict[str, Any]]]] = []
        for at, prompt in todo:
            try:
                talks.append((at, _messages(prompt)))
            except BadClip as error:
                yield at, Reply("", stop="failed", error=str(error))
        yield from self._chat(talks, prefilled)

    def _chat(
        self, talks: list[tuple[int, list[dict[str, Any]]]], prefilled: bool
    ) -> Iterator[tuple[int, Reply]]:
        """Ask together; where vLLM refuses, halve until what it refuses stands alone."""
        if not talks:
            return
        switch = template_switch(self._reasoning) if self._reasoning else None
        try:
            outputs = self._llm.chat(
                [messages for _, messages in talks],
                sampling_params=self._sampling,
                use_tqdm=False,
                add_generation_prompt=not prefilled,
                continue_final_message=prefilled,
                chat_template_kwargs=switch,
            )
        except ValueError as error:
            if len(talks) == 1:
                yield talks[0][0], Reply("", stop="failed", error=_first_line(error))
                return
            half = len(talks) // 2
            yield from self._chat(talks[:half], prefilled)
            yield from self._chat(talks[half:], prefilled)
            return
        if len(outputs) != len(talks):
            raise ProviderFailed(
                f"{self._name}: vLLM gave {len(outputs)} replies to {len(talks)} prompts; run the "
                "same command again, or use a newer vLLM"
            )
        for (at, _), output in zip(talks, outputs, strict=True):
            yield at, _reply(output)


def _reply(output: Any) -> Reply:
    said = output.outputs[0]
    return Reply(
        text=said.text,
        stop="length" if said.finish_reason == "length" else "stop",
        tokens_in=len(output.prompt_token_ids),
        tokens_out=len(said.token_ids),
        tokens_cached=getattr(output, "num_cached_tokens", None) or 0,
    )


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    """The conversation in OpenAI's form, as `LLM.chat` takes it. Raises BadClip."""
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    content: Any = prompt.user
    if prompt.audio is not None:
        uri, format_ = api_audio(prompt.audio, prompt.span_s)
        data = uri.partition(",")[2]
        before, after = (text.strip() for text in prompt.user.split(AUDIO_MARK, 1))
        content = [{"type": "text", "text": before}] if before else []
        content.append({"type": "input_audio", "input_audio": {"data": data, "format": format_}})
        content += [{"type": "text", "text": after}] if after else []
    words = [{"role": "assistant", "content": prompt.prefill}] if prompt.prefill else []
    return [*system, {"role": "user", "content": content}, *words]


def _arguments() -> dict[str, Any]:
    text = os.environ.get(ARGUMENTS, "")
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError as error:
        raise BadRecipe(f"{ARGUMENTS}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadRecipe(f"{ARGUMENTS}: must be a JSON object of vLLM's arguments")
    return found


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
