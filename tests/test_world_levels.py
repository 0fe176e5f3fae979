"""Levels, mixing and made-up signals, against numbers known by hand."""

import numpy as np
import pytest

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.world import level, noises
from echoic.world import vocabulary as v


def sine(hz: float, seconds: float = 1.0, amplitude: float = 0.5) -> Samples:
    t = np.arange(level.frames(seconds)) / SAMPLE_RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def band_dbfs(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum()))


def loudest_hz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * SAMPLE_RATE_HZ / len(samples))


def test_a_half_scale_sine_lies_at_minus_nine_dbfs() -> None:
    assert level.active_dbfs(sine(400)) == pytest.approx(-9.03, abs=0.01)


def test_silence_around_a_sound_does_not_change_its_level() -> None:
    alone = sine(400)
    with_silence = np.concatenate([np.zeros(32_000, np.float32), alone])
    assert level.active_dbfs(with_silence) == pytest.approx(level.active_dbfs(alone), abs=0.01)


def test_a_mixture_has_exactly_the_ratio_it_was_asked_for() -> None:
    front, back = sine(400), sine(3000, amplitude=0.01)
    both = level.mixed(front, back, 12.0)
    ratio = band_dbfs(both, 300, 500) - band_dbfs(both, 2900, 3100)
    assert ratio == pytest.approx(12.0, abs=0.01)


def test_the_limiter_keeps_below_full_scale_and_leaves_the_rest() -> None:
    loud = level.limited(sine(400, amplitude=5.0))
    assert np.abs(loud).max() < 1.0
    quiet = sine(400)
    assert np.array_equal(level.limited(quiet), quiet)


def test_a_crescendo_gains_thirty_db_and_a_swell_is_loudest_in_the_middle() -> None:
    steady = sine(400, 3.0)
    rising = level.window_rms(level.shaped(steady, "getting louder"))
    assert 20 * np.log10(rising[-1] / rising[0]) == pytest.approx(30.0, abs=0.5)
    falling = level.window_rms(level.shaped(steady, "getting softer"))
    assert 20 * np.log10(falling[0] / falling[-1]) == pytest.approx(30.0, abs=0.5)
    swell = level.window_rms(level.shaped(steady, "swelling and fading"))
    assert abs(int(swell.argmax()) - len(swell) / 2) <= 2


def test_recordings_take_away_what_they_are_named_for() -> None:
    noise = noises.noise("white", 2.0, np.random.default_rng(0))
    muffled, phone = (level.recorded(noise, name) for name in ("muffled", "over the telephone"))
    assert band_dbfs(muffled, 0, 500) - band_dbfs(muffled, 2000, 8000) > 30
    assert band_dbfs(phone, 500, 2200) - band_dbfs(phone, 0, 200) > 30
    assert band_dbfs(phone, 500, 2200) - band_dbfs(phone, 5000, 8000) > 30
    click = level.fitted(sine(1000, 0.05), 16_000)
    echo = level.window_rms(level.recorded(click, "with an echo"))
    starts = np.flatnonzero(np.diff((echo > 0.01).astype(int)) == 1) + 1
    assert list(starts) == [8, 17, 26]  # 25 ms windows: repeats at 0.22, 0.44 and 0.66 s


@pytest.mark.parametrize(
    ("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02), ("blue", 3.01)]
)
def test_noise_colours_have_their_slope_per_octave(colour: str, slope: float) -> None:
    noise = noises.noise(colour, 5.0, np.random.default_rng(1))
    octaves = [(250, 500), (500, 1000), (1000, 2000), (2000, 4000)]
    # A band an octave higher is twice as wide: 3 dB more power at equal density.
    density = [band_dbfs(noise, low, high) - 10 * np.log10(high - low) for low, high in octaves]
    assert np.diff(density).mean() == pytest.approx(slope, abs=0.3)


@pytest.mark.parametrize("name", list(v.TONES_HZ))
def test_tones_have_their_pitch_and_slides_cover_an_octave(name: str) -> None:
    hz = v.TONES_HZ[name]
    assert loudest_hz(noises.tone(hz, "constant", 2.0)) == pytest.approx(hz, rel=0.01)
    for movement, ends in (("sliding up", (0.71, 1.41)), ("sliding down", (1.41, 0.71))):
        slide = noises.tone(hz, movement, 2.0)
        first, last = loudest_hz(slide[:1600]), loudest_hz(slide[-1600:])
        assert first / hz == pytest.approx(ends[0], rel=0.12)
        assert last / hz == pytest.approx(ends[1], rel=0.12)


def test_levels_tempi_rates_and_registers_lie_far_apart() -> None:
    assert np.diff(list(v.LOUDNESS_DBFS.values())).min() >= 10
    assert -np.diff(list(v.VOICE_LEVELS_DB.values())).max() >= 10
    tempi, rates = np.array(list(v.TEMPO_S.values())), np.array(list(v.RATES_WPM.values()))
    assert (tempi[:-1] / tempi[1:]).min() > 1.7
    assert (rates[1:] / rates[:-1]).min() > 1.5
    assert np.diff(list(v.REGISTER_KEYS.values())).min() > 12
