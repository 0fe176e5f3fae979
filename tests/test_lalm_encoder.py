"""The ear against transformers' own Whisper encoder."""

import dataclasses

import pytest
import torch
from transformers import WhisperForConditionalGeneration

from echoic.errors import BadRecipe
from echoic.models.whisper import log_mel
from lalm_tiny import tiny_ear, tiny_whisper, tone


def test_taps_of_the_whole_window_are_the_encoders_hidden_states() -> None:
    ear = tiny_ear(taps=(0, 1, 2), window_s=30.0)
    mel = ear.mel([tone(220)])
    assert torch.equal(mel, log_mel(ear.whisper, [tone(220)]))
    encoder = ear.whisper.model.get_encoder()
    with torch.inference_mode():
        ours = ear.states([tone(220)])
        theirs = encoder(mel, output_hidden_states=True)
    assert ours.shape == (1, 3, 1500, 16)
    for layer in (0, 1):
        assert (ours[:, layer] - theirs.hidden_states[layer + 1]).abs().max() < 1e-5
    last = ours[:, 2]
    assert (last - theirs.last_hidden_state).abs().max() > 0.1, "read before the final LayerNorm"
    assert (encoder.layer_norm(last) - theirs.last_hidden_state).abs().max() < 1e-5


def test_a_short_window_is_an_encoder_with_its_positions_cut() -> None:
    ear = tiny_ear(taps=(1,), window_s=1.0)
    model = ear.whisper.model
    short = WhisperForConditionalGeneration(
        type(model.config)(**{**model.config.to_dict(), "max_source_positions": 50})
    ).eval()
    weights = model.state_dict()
    name = "model.encoder.embed_positions.weight"
    short.load_state_dict({**weights, name: weights[name][:50]})
    with torch.inference_mode():
        theirs = short.get_encoder()(ear.mel([tone(220)]), output_hidden_states=True)
        ours = ear.states([tone(220)])
    assert ours.shape == (1, 1, 50, 16)
    assert (ours[:, 0] - theirs.hidden_states[2]).abs().max() < 1e-5


def test_what_lies_beyond_the_window_is_not_heard() -> None:
    ear = tiny_ear()
    long = tone(220, seconds=3.0)
    assert torch.equal(ear.states([long]), ear.states([long[:16_000]]))
    assert not torch.equal(ear.states([long]), ear.states([long[8_000:12_000]]))


def test_clips_of_a_batch_do_not_mix() -> None:
    ear = tiny_ear()
    together = ear.states([tone(220), tone(550, seconds=0.3)])
    assert (together[0] - ear.states([tone(220)])[0]).abs().max() < 1e-5
    assert (together[1] - ear.states([tone(550, seconds=0.3)])[0]).abs().max() < 1e-5


def test_a_window_that_is_no_whole_number_of_frames_has_as_many_as_it_says() -> None:
    for window_s, frames in ((1.03, 52), (1.01, 50), (5.12, 256)):
        ear = tiny_ear(window_s=window_s)
        assert ear.frames == frames
        assert ear.states([tone(220, seconds=6.0)]).shape == (1, 2, frames, 16)


@pytest.mark.parametrize("taps", [(3,), (-1,), (), (2, 0), (1, 1)])
def test_taps_must_be_layers_of_the_encoder_in_ascending_order(taps: tuple[int, ...]) -> None:
    with pytest.raises(BadRecipe, match="layers 0 to 2"):
        tiny_ear(taps=taps)


@pytest.mark.parametrize("window_s", [0.0, -1.0, 30.5])
def test_a_window_that_whisper_does_not_have_is_refused(window_s: float) -> None:
    with pytest.raises(BadRecipe, match="window"):
        tiny_ear(window_s=window_s)


def test_states_have_the_encoders_type() -> None:
    whisper = tiny_whisper()
    whisper.model.to(torch.bfloat16)
    ear = dataclasses.replace(tiny_ear(), whisper=whisper)
    assert ear.states([tone(220)]).dtype == torch.bfloat16
