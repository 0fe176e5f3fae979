"""What the renderers make, listened to with numbers."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.errors import UnknownName
from echoic.world import events, level
from echoic.world import vocabulary as v
from echoic.world.espeak import Utterance, speak
from echoic.world.kinds import ALL_KINDS, finished, rendered, scenes
from echoic.world.melody import chord_notes, melody, melody_notes
from echoic.world.scene import Draft, Scene
from echoic.world.soundfont import Note, play

pytestmark = pytest.mark.models

TEXT = "The farmer carried the lantern at noon."


def pitch_hz(samples: Samples, low_hz: float = 55, high_hz: float = 450) -> float:
    """Median over voiced 40 ms windows of the autocorrelation's best lag."""
    size = level.frames(0.04)
    shortest, longest = int(SAMPLE_RATE_HZ / high_hz), int(SAMPLE_RATE_HZ / low_hz)
    found = []
    for at in range(0, len(samples) - size, size // 2):
        part = samples[at : at + size].astype(np.float64)
        part -= part.mean()
        shape = np.correlate(part, part, "full")[size - 1 :]
        lag = shortest + int(shape[shortest:longest].argmax())
        if shape[0] > 1e-3 * size and shape[lag] > 0.5 * shape[0]:
            found.append(SAMPLE_RATE_HZ / lag)
    return float(np.median(found))


def onsets_s(samples: Samples, quiet_db: float = 25.0) -> list[float]:
    """Times at which sound begins after a gap of silence."""
    rms = level.window_rms(samples)
    active = rms > rms.max() * 10 ** (-quiet_db / 20)
    rises = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int)])) == 1)
    return [float(at) * level.WINDOW_SAMPLES / SAMPLE_RATE_HZ for at in rises]


def first_of(kind: str, facts: Mapping[str, str]) -> Scene:
    """The first scene drawn of a kind that has these facts."""
    for seed in range(5000):
        draft = Draft("train", seed, np.random.default_rng(seed))
        ALL_KINDS[kind].plan(draft)
        if facts.items() <= draft.facts.items():
            return finished(draft, f"{kind}-{seed}", kind, np.random.SeedSequence(seed))
    raise AssertionError(f"no {kind} with {facts}")


def phrases_s(samples: Samples) -> tuple[float, float]:
    """Lengths of the two parts around the longest inner silence."""
    rms = level.window_rms(level.trimmed(samples))
    edges = np.flatnonzero(np.concatenate([[True], rms > 1e-3, [True]]))
    widest = int(np.diff(edges).argmax())
    window_s = level.WINDOW_SAMPLES / SAMPLE_RATE_HZ
    return float(edges[widest]) * window_s, float(len(rms) - edges[widest + 1]) * window_s


@pytest.fixture(scope="module")
def some() -> list[Scene]:
    """Up to six scenes of every kind."""
    left = Counter(dict.fromkeys(ALL_KINDS, 6))
    chosen = []
    for scene in scenes("train", 1500, np.random.SeedSequence(9)):
        if left[scene.kind] > 0:
            left[scene.kind] -= 1
            chosen.append(scene)
    assert not +left
    return chosen


def test_every_kind_is_audible_unclipped_and_two_to_five_seconds_long(some: list[Scene]) -> None:
    for scene in some:
        samples = rendered(scene)
        assert 2.0 <= len(samples) / SAMPLE_RATE_HZ <= 5.0, scene
        assert np.abs(samples).max() < 1.0, scene
        assert -55 < level.active_dbfs(samples) < -10, scene


def test_a_scene_sounds_the_same_whatever_was_rendered_before(some: list[Scene]) -> None:
    once = {scene.id: rendered(scene) for scene in some}
    for scene in reversed(some):
        assert np.array_equal(rendered(scene), once[scene.id]), scene


def test_loudness_levels_are_exact_and_clips_without_one_are_equal(some: list[Scene]) -> None:
    for scene in some:
        samples, wanted = rendered(scene), scene.facts.get("Loudness")
        if scene.kind == "dialogue":
            continue
        dbfs = v.LOUDNESS_DBFS[wanted] if wanted else v.NORMAL_DBFS
        # The limiter bends the peaks of the loudest clips.
        assert dbfs - 3.5 < level.active_dbfs(samples) < dbfs + 1.0, scene


def test_an_unknown_voice_is_an_error_where_espeak_keeps_the_one_before() -> None:
    with pytest.raises(UnknownName, match="en-gb"):
        speak(Utterance(TEXT, 160, 50, "m3", language="en-gb"))
    with pytest.raises(UnknownName, match="nobody"):
        speak(Utterance(TEXT, 160, 50, "nobody"))


@pytest.mark.parametrize(
    ("voice", "low_hz", "high_hz"),
    [
        (("male", "low"), 68, 92),
        (("male", "high"), 125, 160),
        (("female", "low"), 170, 205),
        (("female", "high"), 270, 330),
    ],
)
def test_voices_have_their_fundamental(
    voice: tuple[str, str], low_hz: float, high_hz: float
) -> None:
    for variant, pitch in v.VARIANTS[voice]:
        assert low_hz < pitch_hz(speak(Utterance(TEXT, 150, pitch, variant))) < high_hz, variant


def test_speaking_rates_differ_by_at_least_two_fifths() -> None:
    seconds = [len(speak(Utterance(TEXT, wpm, 50, "m3"))) for wpm in v.RATES_WPM.values()]
    assert all(a / b > 1.4 for a, b in pairwise(seconds)), seconds


@pytest.mark.parametrize("tempo", list(v.TEMPO_S))
def test_a_melody_has_as_many_onsets_as_its_tempo_says(tempo: str) -> None:
    step_s = v.TEMPO_S[tempo]
    count = round(4.3 / step_s)
    rng = np.random.default_rng(0)
    _, keys = melody("train", "rising", "major", 71, count, rng)
    staccato = [Note(i * step_s, 0.05, v.PROGRAMS["xylophone"], k) for i, k in enumerate(keys)]
    heard = play(staccato, count * step_s)
    rms = level.window_rms(heard)
    rises = np.flatnonzero((rms[1:] > 1.35 * rms[:-1]) & (rms[1:] > 0.2 * rms.max()))
    groups = 1 + int((np.diff(rises) > 2).sum()) + (0 if rises[0] <= 2 else 1)
    assert abs(groups - count) <= max(1, count // 10), (groups, count)


@pytest.mark.parametrize("register", list(v.REGISTER_KEYS))
def test_melodies_lie_in_their_register_and_move_as_named(register: str) -> None:
    centre = v.REGISTER_KEYS[register]
    for contour in v.CONTOURS:
        for seed in range(20):
            _, keys = melody("test", contour, "minor", centre, 9, np.random.default_rng(seed))
            assert abs((min(keys) + max(keys)) / 2 - centre) <= 5
            start, middle, end = keys[0], keys[4], keys[-1]
            signs = {
                "rising": start < middle < end,
                "falling": start > middle > end,
                "up then down": start < middle > end,
                "down then up": start > middle < end,
            }
            assert signs[contour], (contour, keys)


def test_the_chord_tells_the_mode_by_its_third() -> None:
    for mode, third in (("major", 4), ("minor", 3)):
        for root in (41, 60, 83):
            keys = sorted({note.key for note in chord_notes(root, mode, 0, 4.0)})
            assert [key - keys[0] for key in keys] == [0, third, 7]
            assert (keys[0] - root) % 12 == 0


def test_a_played_note_has_its_pitch() -> None:
    heard = play([Note(0.0, 1.0, v.PROGRAMS["flute"], 69)], 1.0)
    assert pitch_hz(heard, 300, 600) == pytest.approx(440, rel=0.02)


def timbre(samples: Samples) -> np.ndarray:
    """Mean log level in 16 bands and how much is left after a second: (17,)."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    edges = np.geomspace(200, 8000, 17)
    bands = [power[(hz >= a) & (hz < b)].mean() for a, b in pairwise(edges)]
    rms = level.window_rms(samples)
    left = 20 * np.log10((rms[38:42].mean() + 1e-6) / (rms[:10].max() + 1e-6))
    return np.append(10 * np.log10(np.array(bands) / max(bands) + 1e-8), left)


def test_no_two_instruments_sound_alike() -> None:
    made = {
        name: timbre(play(melody_notes([60], program, 1.3), 1.5))
        for name, program in v.PROGRAMS.items()
    }
    names = list(made)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            apart = float(np.abs(made[one] - made[other]).mean())
            assert apart > 3.0, f"{one} and {other}: {apart:.1f} dB a band"


def test_no_two_events_sound_alike() -> None:
    made = {
        name: timbre(events.stretch(name, 1.5, np.random.default_rng(0))) for name in events.EVENTS
    }
    names = list(made)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            apart = float(np.abs(made[one] - made[other]).mean())
            assert apart > 3.0, f"{one} and {other}: {apart:.1f} dB a band"


@pytest.mark.parametrize("name", list(events.EVENTS))
def test_a_stretch_is_filled_evenly(name: str) -> None:
    for seconds in (2.4, 4.8):
        heard = events.stretch(name, seconds, np.random.default_rng(3))
        assert len(heard) == level.frames(seconds)
        thirds = [level.active_dbfs(part) for part in np.array_split(heard, 3)]
        assert max(thirds) - min(thirds) < 7, (seconds, thirds)


@pytest.mark.parametrize("count", list(v.COUNTS))
def test_a_counted_sound_begins_as_often_as_said(count: str) -> None:
    for name in ("beep", "hand clap", "cowbell", "dog-like bark"):
        scene = first_of("count", {"Sound": name, "Count": count})
        assert len(onsets_s(rendered(scene))) == v.COUNTS[count], scene


@pytest.mark.parametrize("onset", list(v.ONSETS_S))
def test_an_event_begins_when_it_is_said_to(onset: str) -> None:
    scene = first_of("event", {"Onset": onset})
    assert onsets_s(rendered(scene))[0] == pytest.approx(v.ONSETS_S[onset], abs=0.1)


@pytest.mark.parametrize("value", list(v.SECOND_SOUNDS))
def test_the_second_sound_differs_as_said(value: str) -> None:
    samples = rendered(first_of("order", {"Second sound": value}))
    loudness, length = v.SECOND_SOUNDS[value]
    cut = level.frames(1.5 + 0.15 + 0.1)
    first, second = level.trimmed(samples[:cut]), level.trimmed(samples[cut:])
    louder = level.active_dbfs(second) - level.active_dbfs(first)
    assert (louder > 9) if loudness == "louder" else (louder < -9)
    assert (len(second) > 1.2 * len(first)) if length == "longer" else (len(second) < len(first))


@pytest.mark.parametrize("value", list(v.PACES))
def test_two_phrases_have_their_paces(value: str) -> None:
    scene = first_of("dialogue", {"Pace": value, "Levels": "loud throughout"})
    first, second = phrases_s(rendered(scene))
    if value == "slow then fast":
        assert first > 1.5 * second
    elif value == "fast then slow":
        assert second > 1.5 * first
    else:
        assert 0.7 < first / second < 1.4
        assert (first > 1.1) == (value == "slow throughout")


@pytest.mark.parametrize("value", list(v.LEVELS))
def test_two_phrases_have_their_levels(value: str) -> None:
    samples = rendered(first_of("dialogue", {"Levels": value, "Pace": "slow throughout"}))
    first, last = (level.active_dbfs(part) for part in (samples[:16_000], samples[-16_000:]))
    for dbfs, name in zip((first, last), v.LEVELS[value], strict=True):
        assert dbfs == pytest.approx(v.PHRASE_DBFS[name], abs=4)


@pytest.mark.parametrize("metre", list(v.METRES))
def test_strong_beats_come_as_often_as_the_metre_says(metre: str) -> None:
    scene = first_of("metre", {"Metre": metre, "Accent": "bass drum"})
    low = level.bandlimited(rendered(scene), None, 150.0)
    gaps = np.diff(onsets_s(low, quiet_db=12.0))
    expected = v.METRES[metre] * scene.numbers["beat_s"]
    assert float(np.median(gaps)) == pytest.approx(expected, abs=0.05)


def test_every_language_is_spoken_slowly_within_a_clip() -> None:
    for seed in range(40):
        draft = Draft("test", 1, np.random.default_rng(seed), multilingual=True)
        ALL_KINDS["utterance"].plan(draft)
        draft.facts["Speaking rate"] = "drawling"
        scene = finished(draft, "x", "utterance", np.random.SeedSequence(seed))
        assert len(rendered(scene)) / SAMPLE_RATE_HZ <= 5.0, scene.text


def test_the_longest_sentences_in_the_slowest_voice_fit_into_a_clip() -> None:
    slowest = round(v.RATES_WPM["drawling"] * 0.96)
    for text in (
        "Our traveller noticed the notebook before dawn.",
        "Our soldier noticed the violin before dawn.",
    ):
        for variant in ("linda", "f3", "m3"):
            assert len(speak(Utterance(text, slowest, 40, variant))) < 4.8 * SAMPLE_RATE_HZ
