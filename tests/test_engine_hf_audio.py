"""Audio language models of transformers as a provider: a tiny Qwen2-Audio with random weights."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    WhisperFeatureExtractor,
)

from command import ended_with
from echoic.captioners.registry import LOCAL_TOKENS, open_captioner
from echoic.clip import Clip
from echoic.engine.ask import Generation, Prompt, Reply
from echoic.engine.hf_audio import HfAudioModel
from echoic.engine.providers import open_provider
from echoic.errors import CheckpointMismatch, FetchFailed
from echoic.records import write_jsonl
from lalm_tiny import WIDTH, character_tokenizer, ids_of, tone, write_tones, write_wav

MARK = "<|AUDIO|>"
SPECIAL = [MARK, "<|audio_bos|>", "<|audio_eos|>", "<|im_start|>", "<|im_end|>"]
WINDOW_S = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved Qwen2-Audio that hears two seconds, and three clips."""
    home = tmp_path_factory.mktemp("qwen2-audio")
    tokenizer = character_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": SPECIAL})
    layers = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = Qwen2AudioConfig(
        audio_config={
            "d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2,
            "encoder_ffn_dim": 24, "num_mel_bins": 8, "max_source_positions": 50 * WINDOW_S,
        },
        text_config={
            "model_type": "qwen2", "vocab_size": len(tokenizer), "hidden_size": WIDTH,
            "num_key_value_heads": 1, "initializer_range": 0.5, **layers,
        },
        audio_token_index=tokenizer.convert_tokens_to_ids(MARK),
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = Qwen2AudioForConditionalGeneration(config).eval()
        for parameter in model.parameters():  # large, so that a wrong mask changes every number
            parameter.data += 0.2 * torch.randn_like(parameter)
    features = WhisperFeatureExtractor(feature_size=8, chunk_length=WINDOW_S)
    model.save_pretrained(home / "model")
    Qwen2AudioProcessor(features, tokenizer).save_pretrained(home / "model")
    write_tones(home / "clips")
    return home


def opened(folder: Path, **options: Any) -> HfAudioModel:
    settings = {"generation": Generation(max_tokens=6), "device": "cpu", **options}
    model = open_provider(f"hf/{folder / 'model'}", **settings)
    assert isinstance(model, HfAudioModel)
    return model


def about(clip: Path, user: str = f"{MARK}\nwhat?", **options: Any) -> Prompt:
    return Prompt(id=clip.stem, user=user, audio=clip, audio_hash=Clip.read(clip).hash, **options)


def clips(folder: Path) -> list[Path]:
    return [folder / "clips" / f"{pitch}.wav" for pitch in (220, 330, 550)]


def answers(model: HfAudioModel, prompts: Sequence[Prompt]) -> list[Reply]:
    found = dict(model.replies(prompts))
    return [found[index] for index in range(len(prompts))]


def test_a_prompt_is_rendered_by_the_processors_own_chat_template(folder: Path) -> None:
    prompt = about(clips(folder)[0], f"{MARK}\nwhat?", system="listen", prefill="It is")
    assert opened(folder).text(prompt) == (
        "<|im_start|>system\nlisten<|im_end|>\n<|im_start|>user\n"
        f"Audio 1: <|audio_bos|>{MARK}<|audio_eos|>\nwhat?<|im_end|>\n"
        "<|im_start|>assistant\nIt is"
    )


def test_a_batch_writes_what_each_prompt_gets_alone_and_clips_are_told_apart(folder: Path) -> None:
    prompts = [about(clip, f"{MARK}\n{'what? ' * at}") for at, clip in enumerate(clips(folder), 1)]
    prompts += [Prompt(id="text", user="no clip here"), about(clips(folder)[2])]
    together = answers(opened(folder), prompts)
    alone = answers(opened(folder, batch_tokens=1), prompts)
    assert [reply.text for reply in together] == [reply.text for reply in alone]
    assert [reply.tokens_in for reply in together] == [reply.tokens_in for reply in alone]
    same = [about(clip) for clip in clips(folder)]
    assert len({reply.text for reply in answers(opened(folder), same)}) > 1


def test_scores_are_the_models_own_log_probabilities(folder: Path) -> None:
    model, clip = opened(folder), clips(folder)[0]
    (reply,) = answers(model, [about(clip, continuations=("a bell", "drum", "x"))])
    inputs = model.processor(
        text=[model.text(about(clip))], audio=[Clip.read(clip).samples], sampling_rate=16_000,
        return_tensors="pt",
    )  # fmt: skip
    for text, score in zip(("a bell", "drum", "x"), reply.scores, strict=True):
        tail = ids_of(text)
        ids = torch.cat([inputs["input_ids"], torch.tensor([tail])], dim=1)
        with torch.inference_mode():
            logits = model.model(
                input_ids=ids, attention_mask=torch.ones_like(ids),
                input_features=inputs["input_features"],
                feature_attention_mask=inputs["feature_attention_mask"],
            ).logits[0, -len(tail) - 1 : -1]  # fmt: skip
        wanted = logits.log_softmax(-1)[range(len(tail)), tail].mean()
        assert score == pytest.approx(float(wanted), abs=1e-4)
    assert reply.stop == "scored"
    assert len(set(reply.scores)) == 3


def test_a_stretch_is_heard_as_a_clip_of_its_own_and_a_broken_clip_fails_alone(
    folder: Path, tmp_path: Path
) -> None:
    long = tmp_path / "long.wav"
    write_wav(long, tone(330, 2.5))
    (tmp_path / "broken.wav").write_bytes(b"no audio")
    short = tmp_path / "short.wav"
    write_wav(short, Clip.read(long).samples[4_000:20_000])
    broken = Prompt("broken", f"{MARK} what?", audio=tmp_path / "broken.wav", audio_hash="h")
    model = opened(folder)
    part, same, lost = answers(model, [about(long, span_s=(0.25, 1.25)), about(short), broken])
    assert part.text == same.text
    assert (lost.stop, lost.text) == ("failed", "")
    assert "broken.wav: not audio" in lost.error


def test_samples_come_with_a_temperature_and_change_with_the_round(folder: Path) -> None:
    prompts = [about(clip) for clip in clips(folder)]
    warm = opened(folder, generation=Generation(max_tokens=6, temperature=2.0))
    first, again, other = (
        [reply.text for reply in answers(model, prompts)]
        for model in (warm, warm, warm.reseeded(1))
    )
    assert first == again != other
    assert warm.settings["generation"]["sampled"]
    assert not opened(folder).settings["generation"]["sampled"]


def test_the_audio_evaluation_runs_end_to_end(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav(folder / "clips" / "550.wav", tone(550, WINDOW_S + 0.5))
    write_jsonl(
        folder / "questions.jsonl",
        [
            {"id": clip.stem, "stem": "Which?", "options": ["bell", "drum"], "answer": 0,
             "category": "sound", "subcategory": "s", "clip": f"clips/{clip.name}"}
            for clip in clips(folder)
        ],
    )  # fmt: skip
    asked = ["--model", f"hf/{folder / 'model'}", "--benchmark", folder / "questions.jsonl"]
    for answering in ("free", "likelihood"):
        out = tmp_path / answering
        assert ended_with("eval", "audio", *asked, "--answering", answering, "--out", out) == 0
        run = json.loads((out / "run.json").read_text())
        assert (run["model"], run["n"], run["counts"]["failed"]) == ("hf/model", 3, 0)
        assert run["settings"]["engine"] == "hf-audio-1"
        assert run["window"] == {"seconds": WINDOW_S, "clips": 3, "longer": 1}
        assert "1 of 3 clips are longer than the 2 s" in capsys.readouterr().out
    control = ["--control", "no-audio", "--out", tmp_path / "none"]
    assert ended_with("eval", "control", *asked, *control) == 0
    capsys.readouterr()
    control = ["--control", "transcript-only", "--out", tmp_path / "transcript"]
    assert ended_with("eval", "control", *asked, *control) == 1
    assert "reads no transcript beside the audio" in capsys.readouterr().err


def test_a_model_without_all_its_weights_or_its_processor_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(folder / "model", torn)
    weights = load_file(torn / "model.safetensors")
    weights.pop(next(name for name in weights if "projector" in name))
    save_file(weights, torn / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointMismatch, match="lacks 1 weights of its architecture"):
        open_provider(f"hf/{torn}", generation=Generation())
    bare = tmp_path / "bare"
    shutil.copytree(folder / "model", bare)
    (bare / "processor_config.json").unlink()
    (bare / "tokenizer_config.json").unlink()
    with pytest.raises(FetchFailed, match="transformers cannot read it"):
        open_provider(f"hf/{bare}", generation=Generation())


def test_a_clip_beyond_the_window_is_captioned_in_parts(folder: Path, tmp_path: Path) -> None:
    write_wav(folder / "clips" / "long.wav", tone(330, 3.5))
    writer = open_captioner(f"hf/{folder / 'model'}")
    clip = folder / "clips" / "long.wav"
    text = writer.captions([Clip.read(clip)])[0]
    marks = [line[:13] for line in text.splitlines() if line.startswith("[00:0")]
    assert marks == ["[00:00-00:01]", "[00:01-00:02]", "[00:02-00:03]"]
    assert writer.provider.settings["generation"]["max_tokens"] == LOCAL_TOKENS  # type: ignore[attr-defined]
