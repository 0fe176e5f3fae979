"""Other makers' audio language models on this machine (Qwen2-Audio and its like), in batches.

Any model that transformers loads as a multimodal LM with an audio encoder. Prompts are rendered
with the processor's own chat template, padded on the left and answered together; continuations are
scored for one prompt at a time. Batches are planned over the full list and run whole, as the text
models' are (`local`).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import soxr
import torch
from torch import Tensor
from transformers import AutoModelForMultimodalLM, AutoProcessor, PretrainedConfig

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.engine.ask import AUDIO_MARK, Generation, Prompt, Reply
from echoic.engine.audio_input import duration_s
from echoic.engine.audio_input import heard as hear
from echoic.engine.chat import tokens
from echoic.engine.local_generate import Sampler, cut_reply
from echoic.engine.local_plan import fill_in_order
from echoic.engine.torch_model import TorchModel
from echoic.errors import EchoicError, ProviderFailed
from echoic.models.named import Place, load_exactly

# Only to plan batches: what Whisper's encoder gives after pooling in pairs, as in Qwen2-Audio.
AUDIO_TOKENS_PER_S = 25
THINKING = "enable_thinking"  # a template's switch, off here; others would warn of it


class HfAudioModel(TorchModel):
    """A multimodal LM and its processor behind the `Provider` interface.

    `batch_tokens` bounds the tokens of a batch (text, about 25 for a second of audio, the reply).
    What a clip holds beyond the processor's window (`settings["window_s"]`) is not heard.
    """

    engine = "hf-audio-1"

    def __init__(
        self,
        name: str,
        model: Any,
        processor: Any,
        *,
        generation: Generation,
        batch_tokens: int,
    ) -> None:
        sampler = Sampler.ending(model, generation, _ends(processor.tokenizer), stop_text="")
        super().__init__(name, model, sampler, generation, batch_tokens)
        self.processor, self.tokenizer = processor, processor.tokenizer
        self.tokenizer.padding_side = "left"
        features = processor.feature_extractor
        self._rate_hz = int(features.sampling_rate)
        self._window_s = getattr(features, "chunk_length", None)

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that decides the replies."""
        return {**super().settings, "window_s": self._window_s}

    @property
    def decoding(self) -> Mapping[str, Any]:
        """Whether it samples."""
        return {"sampled": bool(self._sampler.config.do_sample)}

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply), batch after batch; a clip that is no audio is a failed reply."""
        lengths: dict[int, int] = {}
        for index, prompt in enumerate(prompts):
            try:
                lengths[index] = self._length(prompt)
            except EchoicError as error:
                yield index, _failed(error)
        for indices in self._batches(prompts, lengths):
            if not done.issuperset(indices):
                yield from self._batch({index: prompts[index] for index in indices})

    def text(self, prompt: Prompt) -> str:
        """The prompt in the processor's chat template, up to where the model goes on."""
        before, mark, after = prompt.user.partition(AUDIO_MARK)
        parts = [{"type": "text", "text": before.strip()}, {"type": "text", "text": after.strip()}]
        if mark:
            parts.insert(1, {"type": "audio", "audio": str(prompt.audio)})
        content = [part for part in parts if part.get("text") != ""]
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if prompt.system:
            system = [{"type": "text", "text": prompt.system}]
            messages.insert(0, {"role": "system", "content": system})
        template = self.processor.chat_template
        switch = {"enable_thinking": False} if THINKING in str(template) else {}
        rendered = self.processor.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **switch
        )
        return f"{rendered}{prompt.prefill}"

    def _length(self, prompt: Prompt) -> int:
        """About how many tokens a prompt takes with its reply. Raises BadClip."""
        seconds = duration_s(prompt.audio) if prompt.audio else 0.0
        if prompt.span_s:
            seconds = min(seconds, prompt.span_s[1]) - prompt.span_s[0]
        text = len(self.tokenizer.encode(self.text(prompt), add_special_tokens=False))
        return text + round(seconds * AUDIO_TOKENS_PER_S) + self._sampler.max_tokens

    def _batches(self, prompts: Sequence[Prompt], lengths: Mapping[int, int]) -> list[list[int]]:
        """Prompts that are answered together: with audio or without, the longest first."""
        batches = [[index] for index in lengths if prompts[index].continuations]
        for heard in (True, False):
            alike = [
                index
                for index in sorted(lengths, key=lambda index: (-lengths[index], index))
                if not prompts[index].continuations and (prompts[index].audio is not None) == heard
            ]
            rows = fill_in_order([lengths[index] for index in alike], self.batch_tokens)
            batches += [[alike[row] for row in some] for some in rows]
        return batches

    def _batch(self, prompts: Mapping[int, Prompt]) -> Iterator[tuple[int, Reply]]:
        heard: dict[int, Samples | None] = {}
        for index, prompt in prompts.items():
            try:
                heard[index] = self._samples(prompt)
            except EchoicError as error:
                yield index, _failed(error)
        if not heard:
            return
        asked = [prompts[index] for index in heard]
        inputs = self._inputs(asked, [samples for samples in heard.values() if samples is not None])
        if asked[0].continuations:
            replies = [self._score(asked[0], inputs)]
        else:
            replies = self._generate(inputs)
        yield from zip(heard, replies, strict=True)

    def _samples(self, prompt: Prompt) -> Samples | None:
        """What is heard, (frames,) at the processor's rate; None for text. Raises BadClip."""
        if prompt.audio is None:
            return None
        samples = hear(prompt).samples
        if self._rate_hz != SAMPLE_RATE_HZ:
            samples = soxr.resample(samples, SAMPLE_RATE_HZ, self._rate_hz)
        return samples

    def _inputs(self, prompts: Sequence[Prompt], audio: list[Samples]) -> dict[str, Tensor]:
        """What the model takes: ids and mask (prompts, length), padded on the left, and audio."""
        texts = [self.text(prompt) for prompt in prompts]
        if audio:
            made = self.processor(
                text=texts, audio=audio, sampling_rate=self._rate_hz, padding=True,
                return_tensors="pt",
            )  # fmt: skip
        else:
            made = self.processor(text=texts, padding=True, return_tensors="pt")
        floats = {key: value.to(self.model.dtype) for key, value in made.items() if _real(value)}
        return {key: value.to(self.model.device) for key, value in {**dict(made), **floats}.items()}

    @torch.inference_mode()
    def _generate(self, inputs: dict[str, Tensor]) -> list[Reply]:
        length = inputs["input_ids"].shape[1]
        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(self._sampler.seed)
            whole = self.model.generate(**inputs, generation_config=self._sampler.config)
        new = whole[:, length:].tolist()  # (prompts, new tokens)
        sizes = inputs["attention_mask"].sum(-1).tolist()
        return [
            cut_reply(self.tokenizer, size, row, self._sampler)
            for size, row in zip(sizes, new, strict=True)
        ]

    @torch.inference_mode()
    def _score(self, prompt: Prompt, inputs: dict[str, Tensor]) -> Reply:
        """Score the continuations as rows of one batch, padded on the right."""
        tails = [tokens(self.tokenizer, text, start=False) for text in prompt.continuations]
        if not all(tails):
            raise ProviderFailed(f"prompt {prompt.id}: a continuation without tokens")
        size, (_, length) = max(map(len, tails)), inputs["input_ids"].shape
        padded = [[*tail, *tail[-1:] * (size - len(tail))] for tail in tails]
        written = torch.tensor(padded, device=self.model.device)  # (tails, size)
        rows = {key: value.repeat_interleave(len(tails), 0) for key, value in inputs.items()}
        for key, value in inputs.items():
            if value.shape == (1, length):  # of the text: ids, mask, token types
                more = written if key == "input_ids" else value[:, -1:].expand(len(tails), size)
                rows[key] = torch.cat([rows[key], more], dim=1)
        logits = self.model(**rows, use_cache=False).logits[:, -size - 1 : -1].float()
        logprobs = logits.log_softmax(-1).gather(-1, written[..., None])[..., 0]  # (tails, size)
        scores = tuple(
            float(row[: len(tail)].mean()) for row, tail in zip(logprobs, tails, strict=True)
        )
        best = max(range(len(scores)), key=scores.__getitem__)
        text = prompt.continuations[best].strip()
        return Reply(text, stop="scored", scores=scores, tokens_in=length)


def _failed(error: EchoicError) -> Reply:
    return Reply("", stop="failed", error=str(error))


def _real(value: Any) -> bool:
    return bool(torch.is_floating_point(value))


def _ends(tokenizer: Any) -> tuple[int, ...]:
    return () if tokenizer.eos_token_id is None else (int(tokenizer.eos_token_id),)


def hears(place: Place) -> bool:
    """Whether the configuration there is one of a model with an audio encoder."""
    with place.reading():
        config, _ = PretrainedConfig.get_config_dict(place.source, **place.options)
    return "audio_config" in config


def load_hf_audio(
    place: Place, *, generation: Generation, dtype: torch.dtype, device: str, batch_tokens: int
) -> HfAudioModel:
    """The audio language model there.

    Raises FetchFailed, or CheckpointMismatch when weights are missing.
    """
    model = load_exactly(place, AutoModelForMultimodalLM, dtype=dtype)
    with place.reading():
        processor = AutoProcessor.from_pretrained(place.source, **place.options)
    label = Path(place.name).name if Path(place.name).is_dir() else place.name
    return HfAudioModel(
        f"hf/{label}", model.to(device), processor, generation=generation, batch_tokens=batch_tokens
    )
