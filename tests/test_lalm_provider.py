"""An LALM as a provider: what it reads, hears, scores and writes, against computations by hand."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from command import ended_with
from echoic.clip import Clip, write_wav
from echoic.engine.ask import Generation, Prompt
from echoic.errors import BadClip, BadRecipe, CheckpointMismatch, UnknownName
from echoic.lalm.hearing import Hearing
from echoic.lalm.provider import LalmModel, open_lalm
from echoic.records import read_jsonl, write_jsonl
from lalm_tiny import (
    QUERIES,
    TEMPLATE,
    ids_of,
    save_backbone,
    save_lalm,
    tone,
    write_tones,
    write_transcripts,
)

TEXTS = ("hi", "", "some more words")
MARK = "<|AUDIO|>"


@pytest.fixture(scope="module", params=["llama", "gemma3"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny LALM, three clips and what is said in them."""
    folder = tmp_path_factory.mktemp(request.param)
    save_lalm(folder, request.param, TEMPLATE)
    note_transcripts(folder, TEXTS)
    return folder


def note_transcripts(folder: Path, texts: Sequence[str]) -> None:
    hashes = [clip.hash for clip in write_tones(folder / "clips")]
    said = dict(zip(hashes, texts, strict=True))
    write_transcripts(folder / "transcripts.jsonl", folder / "encoder", said)


def opened(folder: Path, *, transcript_only: bool = False, batch_tokens: int = 4096) -> LalmModel:
    model = open_lalm(
        str(folder / "checkpoint"),
        generation=Generation(max_tokens=8),
        device="cpu",
        transcripts=folder / "transcripts.jsonl",
        transcript_only=transcript_only,
        batch_tokens=batch_tokens,
    )
    assert model is not None
    return model


def about(clip: Clip, user: str = f"{MARK}\nwhat?", *, id: str = "q", **options: object) -> Prompt:
    return Prompt(id=id, user=user, audio=clip.path, audio_hash=clip.hash, **options)  # type: ignore[arg-type]


def gone(folder: Path, audio_hash: str) -> Prompt:
    """About a clip that is not there any more."""
    return Prompt("gone", f"{MARK} what?", audio=folder / "gone.wav", audio_hash=audio_hash)


def clips(folder: Path) -> list[Clip]:
    return [Clip.read(folder / "clips" / f"{pitch}.wav") for pitch in (220, 330, 550)]


def by_hand(model: LalmModel, clip: Clip, before: list[int], after: list[int]) -> Tensor:
    """Input vectors (1, tokens, width): text, what the connector hears, text."""
    table = model.model.get_input_embeddings()
    with torch.inference_mode():
        heard = model.hearing.connector(model.hearing.ear.states([clip.samples]))[0]
        return torch.cat([table(torch.tensor(before)), heard, table(torch.tensor(after))])[None]


def test_a_clip_takes_one_negative_id_for_each_of_its_vectors(home: Path) -> None:
    model, (one, two, _) = opened(home), clips(home)
    model.hearing.transcribe_all([about(one), about(two)])
    assert model.encode(about(one)) == (
        *ids_of("[u]<start_audio>"), -1, -2, -3, *ids_of("hi<end_audio>"),
        4, *ids_of("what?"), 2, *ids_of("[a]"),
    )  # fmt: skip
    other = model.encode(about(two, f"{MARK} who?", prefill="It"))
    assert other == (
        *ids_of("[u]<start_audio>"), -4, -5, -6, *ids_of(" <end_audio> who?"),
        2, *ids_of("[a]It"),
    )  # fmt: skip
    assert [id_ for id_ in model.encode(about(one, f"{MARK} again")) if id_ < 0] == [-1, -2, -3]


def test_the_vectors_of_a_batch_are_those_of_each_clip(home: Path) -> None:
    model, (one, two, _) = opened(home), clips(home)
    model.hearing.transcribe_all([about(one), about(two)])
    found = model.vectors([about(two), about(one), about(two, f"{MARK} who?")])
    assert sorted(found) == list(range(-2 * QUERIES, 0))
    first = 0 if -1 in model._places(two.hash) else QUERIES
    ours = torch.stack([found[-1 - first - query] for query in range(QUERIES)])
    with torch.inference_mode():
        alone = model.hearing.connector(model.hearing.ear.states([two.samples]))[0]
    assert (ours - alone).abs().max() < 1e-5


def test_option_scores_are_mean_log_probabilities_behind_the_audio(home: Path) -> None:
    model, clip = opened(home), clips(home)[0]
    options = ("yes", "no way")
    ((_, reply),) = model.replies([about(clip, continuations=options)])
    before = ids_of("[u]<start_audio>")
    for option, score in zip(options, reply.scores, strict=True):
        after = [*ids_of("hi<end_audio>"), 4, *ids_of("what?"), 2, *ids_of("[a]")]
        inputs = by_hand(model, clip, before, after + ids_of(option[:-1]))
        with torch.inference_mode():
            logits = model.model(inputs_embeds=inputs).logits[0, -len(option) :]
        chosen = logits.log_softmax(-1)[range(len(option)), ids_of(option)]
        assert score == pytest.approx(float(chosen.mean()), abs=1e-5)


def test_a_batch_of_unlike_prompts_writes_what_each_would_alone(home: Path) -> None:
    """Left padding, positions counted from each prompt's first token, against no padding at all."""
    model, found = opened(home), clips(home)
    users = [
        f"{MARK}\nwhat?",
        f"{MARK}\nWho or what is to be heard here, and how often?",
        f"{MARK}",
    ]
    prompts = [
        about(clip, user, id=str(number))
        for number, (clip, user) in enumerate(zip(found, users, strict=True))
    ]
    together = dict(model.replies(prompts))
    for number, (prompt, clip) in enumerate(zip(prompts, found, strict=True)):
        ids = model.encode(prompt)
        at = ids.index(min(ids)) + 1
        inputs = by_hand(model, clip, list(ids[: at - QUERIES]), list(ids[at:]))
        new: list[int] = []
        with torch.inference_mode():
            while len(new) < 8 and new[-1:] != [2]:
                token = int(model.model(inputs_embeds=inputs).logits[0, -1].argmax())
                new.append(token)
                vector = model.model.get_input_embeddings()(torch.tensor([[token]]))
                inputs = torch.cat([inputs, vector], dim=1)
        text = model.tokenizer.decode(new, skip_special_tokens=True)
        assert together[number].text == text.rstrip()
        assert together[number].tokens_out == len(new)


def test_scores_do_not_depend_on_what_else_is_in_the_batch(home: Path) -> None:
    found = clips(home)
    prompts = [
        about(clip, f"{MARK}\n{user}", id=f"{clip.path.name} {user}", continuations=("a", "bcd"))
        for clip in found
        for user in ("what?", "Is it high or is it low?")
    ]
    together = dict(opened(home).replies(prompts))
    alone = dict(opened(home, batch_tokens=1).replies(prompts))
    for number in range(len(prompts)):
        assert together[number].scores == pytest.approx(alone[number].scores, abs=1e-5)


def test_text_and_audio_prompts_are_answered_side_by_side(home: Path) -> None:
    model, clip = opened(home), clips(home)[0]
    text = Prompt(id="t", user="what?", continuations=("a", "b"))
    both = dict(model.replies([about(clip, continuations=("a", "b")), text]))
    ((_, alone),) = model.replies([text])
    assert both[1].scores == pytest.approx(alone.scores, abs=1e-5)
    assert both[0].scores != pytest.approx(alone.scores, abs=1e-3)


def test_transcript_only_cannot_tell_clips_of_one_transcript_apart(home: Path) -> None:
    one, two, _ = clips(home)
    note_transcripts(home, ("same", "same", "other"))
    prompts = [about(clip, id=clip.hash, continuations=("a", "b")) for clip in clips(home)]
    heard = dict(opened(home).replies(prompts))
    deaf = dict(opened(home, transcript_only=True).replies(prompts))
    note_transcripts(home, TEXTS)
    assert one.hash != two.hash
    assert heard[0].scores != pytest.approx(heard[1].scores, abs=1e-4)
    assert deaf[0].scores == pytest.approx(deaf[1].scores, abs=1e-6)
    assert deaf[0].scores != pytest.approx(deaf[2].scores, abs=1e-4)


def test_what_is_not_heard_is_not_encoded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = clips(home)[0]
    prompt = about(clip, continuations=("a", "b"))
    model = opened(home, transcript_only=True)
    asked = dict(model.replies([prompt]))
    monkeypatch.setattr(model.hearing, "vectors", lambda samples: pytest.fail("it was encoded"))
    assert dict(model.replies([prompt])) == asked


def test_replies_of_the_control_are_never_taken_for_those_of_the_model(home: Path) -> None:
    heard, deaf = opened(home).settings, opened(home, transcript_only=True).settings
    assert {key for key in heard if heard[key] != deaf[key]} == {"transcript_only"}
    assert len(heard["checkpoint"]) == 64


def test_a_prompt_with_two_marks_fails_alone(home: Path) -> None:
    model, clip = opened(home), clips(home)[0]
    bad = about(clip, f"{MARK} {MARK}", id="bad", continuations=("a",))
    replies = dict(model.replies([bad, about(clip, id="good", continuations=("a",))]))
    assert replies[0].stop == "failed"
    assert "exactly one" in replies[0].error
    assert replies[1].stop == "scored"


def test_a_stretch_is_heard_as_a_clip_of_its_own(home: Path) -> None:
    model = opened(home)
    write_wav(home / "long.wav", np.concatenate([tone(220), tone(550)]))
    long = Clip.read(home / "long.wav")
    parts = [
        Prompt(
            "p", f"{MARK} what?", audio=long.path, audio_hash=f"part {at}", span_s=(at, at + 1.0)
        )
        for at in (0, 1)
    ]
    write_transcripts(home / "parts.jsonl", home / "encoder", {"part 0": "hi", "part 1": ""})
    model.hearing = Hearing(
        model.hearing.ear, model.hearing.connector, transcripts=home / "parts.jsonl"
    )
    model.hearing.transcribe_all(parts)
    found = model.vectors(parts)
    for at, part in enumerate(parts):
        ours = torch.stack([found[place] for place in model._places(part.audio_hash)])
        samples = long.samples[16_000 * at : 16_000 * (at + 1)]
        assert (ours - model.hearing.vectors([samples])[0]).abs().max() < 1e-5
    assert (found[-1] - found[-1 - QUERIES]).abs().max() > 1e-3


def test_a_clip_whose_words_are_on_file_is_not_transcribed(home: Path) -> None:
    """The audio is not there to be transcribed."""
    hearing, clip = opened(home).hearing, clips(home)[2]
    hearing.transcribe_all([gone(home, clip.hash)])
    assert hearing.transcript(clip.hash) == "some more words"
    with pytest.raises(BadClip, match="gone"):
        hearing.transcribe_all([gone(home, "another hash")])


def test_words_that_another_encoder_understood_do_not_count(home: Path) -> None:
    known = dict.fromkeys((clip.hash for clip in clips(home)), "hi")
    write_transcripts(home / "foreign.jsonl", "another/whisper", known)
    model = opened(home).hearing
    hearing = Hearing(model.ear, model.connector, transcripts=home / "foreign.jsonl")
    with pytest.raises(BadClip, match="gone"):
        hearing.transcribe_all([gone(home, clips(home)[0].hash)])


@pytest.mark.models
def test_words_once_on_file_stay_and_silence_is_a_space(home: Path, tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", 0 * tone(220))
    (tmp_path / "t.jsonl").write_text((home / "transcripts.jsonl").read_text())
    model, known = opened(home).hearing, clips(home)[0]
    silence = Clip.read(tmp_path / "silence.wav")
    hearing = Hearing(model.ear, model.connector, transcripts=tmp_path / "t.jsonl")
    hearing.transcribe_all([about(known), about(silence)])
    assert hearing.transcript(known.hash) == "hi"
    assert hearing.transcript(silence.hash) == " "
    again = Hearing(model.ear, model.connector, transcripts=tmp_path / "t.jsonl")
    again.transcribe_all([gone(tmp_path, silence.hash)])
    assert again.transcript(silence.hash) == " "


def test_a_plain_model_is_no_lalm(tmp_path: Path) -> None:
    plain = save_backbone(tmp_path / "plain")
    for name in (plain, "smollm2-135m-instruct", str(tmp_path / "nothing")):
        assert open_lalm(name, generation=Generation()) is None


def test_what_cannot_be_run_is_refused_when_it_is_opened(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="float8"):
        open_lalm(str(home / "checkpoint"), generation=Generation(), dtype="float8")
    row = json.loads((home / "checkpoint" / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**row, "prompt_size": 4}))
    weights = (home / "checkpoint" / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(CheckpointMismatch, match="layer_prompts"):
        open_lalm(str(tmp_path), generation=Generation())
    (tmp_path / "config.json").write_text(json.dumps({**row, "target_layer_ids": [0, 7]}))
    with pytest.raises(BadRecipe, match="layers 0 to 2"):
        open_lalm(str(tmp_path), generation=Generation())


def test_the_audio_evaluation_keeps_transcripts_in_its_folder(home: Path, tmp_path: Path) -> None:
    """What a start before understood is not transcribed again, and stands in the prompts."""
    rows = [
        {"id": clip.path.stem, "stem": "Which?", "options": ["bell", "drum"], "answer": 0,
         "category": "sound", "subcategory": "s", "clip": f"clips/{clip.path.name}"}
        for clip in clips(home)
    ]  # fmt: skip
    write_jsonl(home / "questions.jsonl", rows)
    out = tmp_path / "run"
    out.mkdir()
    shutil.copy(home / "transcripts.jsonl", out)
    asked = ["--model", f"echoic/{home / 'checkpoint'}", "--benchmark", home / "questions.jsonl"]
    assert ended_with("eval", "audio", *asked, "--answering", "likelihood", "--out", out) == 0
    replies = {row["id"]: row["reply"]["tokens_in"] for _, row in read_jsonl(out / "replies.jsonl")}
    words = {"220": "hi", "330": " ", "550": "some more words"}
    bare = {id_: count - len(words[id_]) for id_, count in replies.items()}
    assert len(set(bare.values())) == 1
