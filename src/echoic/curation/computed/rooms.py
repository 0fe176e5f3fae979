"""Room Acoustics: reverberation time, absorption, modes, critical distance, mean free path.

Sabine: T = 0.161 V / A with V in cubic metres and A in square metres; the critical distance is
0.057 sqrt(V / T). Any textbook of room acoustics (Kuttruff) has both.
"""

from math import sqrt
from typing import Any

from echoic.curation.computed.base import Rng, pick
from echoic.curation.computed.numeric import Unit, numeric, spread

ROOMS = "Room Acoustics"
SPEED_M_S = 343.0
SABINE_S_M = 0.161


def _most_absorption(volume: float) -> float:
    """Half the surface of a cube, in square metres: rooms seldom absorb more."""
    return float(3 * volume ** (2 / 3))


def _room(rng: Rng) -> dict[str, Any]:
    volume = 10 * int(rng.integers(5, 400))
    deadest = max(2.0, volume / _most_absorption(volume))
    return {"volume": volume, "area": int(volume / spread(rng, deadest, 14, 0.1))}


def _wanted(rng: Rng) -> dict[str, Any]:
    volume = 10 * int(rng.integers(5, 300))
    shortest = max(0.3, SABINE_S_M * volume / _most_absorption(volume))
    return {"volume": volume, "time": spread(rng, shortest, 3, 0.1)}


GENERATORS = (
    numeric(
        "rooms-sabine",
        ROOMS,
        (
            "By Sabine's formula (0.161 V/A), what is the reverberation time of a room of "
            "{volume} m³ with an equivalent absorption area of {area} m²?",
            "A hall has a volume of {volume} m³ and an equivalent absorption area of {area} m². "
            "Which reverberation time does Sabine's formula give (constant 0.161 s/m)?",
        ),
        given=_room,
        solve=lambda g: SABINE_S_M * g["volume"] / g["area"],
        show=Unit("s", 2),
        formula="0.161 * {volume} / {area}",
        mistakes={
            "constant for feet": lambda g: 0.049 * g["volume"] / g["area"],
            "inverse, in tens": lambda g: 10 * SABINE_S_M * g["area"] / g["volume"],
            "half the absorption": lambda g: 2 * SABINE_S_M * g["volume"] / g["area"],
            "constant of 0.1": lambda g: 0.1 * g["volume"] / g["area"],
        },
        low=0.15,
    ),
    numeric(
        "rooms-absorption",
        ROOMS,
        (
            "Which equivalent absorption area does a room of {volume} m³ need for a reverberation "
            "time of {time} s (Sabine, 0.161 V/T)?",
            "A studio of {volume} m³ should have {time} s of reverberation. What absorption area "
            "does Sabine's formula (0.161 V/T) ask for?",
        ),
        given=_wanted,
        solve=lambda g: SABINE_S_M * g["volume"] / g["time"],
        show=Unit("m²"),
        formula="0.161 * {volume} / {time}",
        mistakes={
            "multiplied": lambda g: SABINE_S_M * g["volume"] * g["time"],
            "constant of 0.1": lambda g: 0.1 * g["volume"] / g["time"],
            "twice the time": lambda g: SABINE_S_M * g["volume"] / g["time"] / 2,
            "half the time": lambda g: 2 * SABINE_S_M * g["volume"] / g["time"],
            "time left out": lambda g: SABINE_S_M * g["volume"],
        },
    ),
    numeric(
        "rooms-add",
        ROOMS,
        (
            "A room of {volume} m³ with {area} m² of absorption area gets {extra} m² more. Which "
            "reverberation time results (Sabine, 0.161 V/A)?",
            "Curtains add {extra} m² of absorption area to the {area} m² of a room of {volume} m³. "
            "What is the new reverberation time by 0.161 V/A?",
        ),
        given=lambda rng: {
            **(room := _room(rng)),
            "extra": int(rng.integers(4, 10 + room["area"])),
        },
        solve=lambda g: SABINE_S_M * g["volume"] / (g["area"] + g["extra"]),
        show=Unit("s", 2),
        formula="0.161 * {volume} / ({area} + {extra})",
        mistakes={
            "without the addition": lambda g: SABINE_S_M * g["volume"] / g["area"],
            "the addition alone": lambda g: SABINE_S_M * g["volume"] / g["extra"],
            "the addition twice": lambda g: SABINE_S_M * g["volume"] / (g["area"] + 2 * g["extra"]),
            "subtracted": lambda g: SABINE_S_M * g["volume"] / max(3, g["area"] - g["extra"]),
        },
        low=0.15,
    ),
    numeric(
        "rooms-mode",
        ROOMS,
        (
            "What is the lowest axial mode between two parallel walls {metres} m apart (343 m/s)?",
            "Two parallel walls of a control room stand {metres} m apart. What is the frequency "
            "of their first standing wave, at 343 m/s?",
        ),
        given=lambda rng: {"metres": spread(rng, 1.6, 12, 0.1)},
        solve=lambda g: SPEED_M_S / (2 * g["metres"]),
        show=Unit("Hz"),
        formula="343 / (2 * {metres})",
        mistakes={
            "whole wave between the walls": lambda g: SPEED_M_S / g["metres"],
            "quarter wave": lambda g: SPEED_M_S / (4 * g["metres"]),
            "second mode of a whole wave": lambda g: 2 * SPEED_M_S / g["metres"],
        },
    ),
    numeric(
        "rooms-critical",
        ROOMS,
        (
            "By r = 0.057·√(V/T), what is the critical distance in a room of {volume} m³ with "
            "{time} s of reverberation?",
            "At about which distance from an omnidirectional source are direct and reverberant "
            "sound equal in a hall of {volume} m³ with a reverberation time of {time} s (r = "
            "0.057·√(V/T))?",
        ),
        given=lambda rng: {
            "volume": 50 * int(rng.integers(2, 300)),
            "time": spread(rng, 0.4, 4, 0.1),
        },
        solve=lambda g: 0.057 * sqrt(g["volume"] / g["time"]),
        show=Unit("m", 1),
        formula="0.057 sqrt({volume} / {time})",
        mistakes={
            "root of the volume alone": lambda g: 0.057 * sqrt(g["volume"]),
            "multiplied": lambda g: 0.057 * sqrt(g["volume"] * g["time"]),
            "constant of 0.1": lambda g: 0.1 * sqrt(g["volume"] / g["time"]),
            "half": lambda g: 0.0285 * sqrt(g["volume"] / g["time"]),
        },
        low=0.25,
    ),
    numeric(
        "rooms-decay",
        ROOMS,
        (
            "In a room with a reverberation time (RT60) of {time} s, how long does a sound take to "
            "decay by {drop} dB?",
            "The reverberation time of a church is {time} s. After what time has the sound level "
            "fallen by {drop} dB, if the decay is even?",
        ),
        given=lambda rng: {
            "time": spread(rng, 0.6, 8, 0.1),
            "drop": pick(rng, (10, 15, 20, 25, 30, 35, 40, 45)),
        },
        solve=lambda g: g["time"] * g["drop"] / 60,
        show=Unit("s", 2),
        formula="{time} * {drop} / 60",
        mistakes={
            "decay of 100 dB": lambda g: g["time"] * g["drop"] / 100,
            "decay of 40 dB": lambda g: g["time"] * g["drop"] / 40,
            "the whole time": lambda g: g["time"],
            "decay of 30 dB": lambda g: g["time"] * g["drop"] / 30,
            "what is left of 60 dB": lambda g: g["time"] * (60 - g["drop"]) / 60,
        },
        low=0.04,
    ),
    numeric(
        "rooms-reflection",
        ROOMS,
        (
            "A source and a listener stand {apart} m apart, and the sound reflected from the "
            "ceiling travels {path} m in all. How much later does the reflection arrive (343 m/s)?",
            "Direct sound travels {apart} m, a wall reflection {path} m. What is the initial delay "
            "between them at 343 m/s?",
        ),
        given=lambda rng: {
            "apart": (apart := spread(rng, 2, 15, 0.5)),
            "path": apart + spread(rng, 2, 22, 0.5),
        },
        solve=lambda g: 1000 * (g["path"] - g["apart"]) / SPEED_M_S,
        show=Unit("ms"),
        formula="({path} - {apart}) / 343",
        mistakes={
            "the reflected path alone": lambda g: 1000 * g["path"] / SPEED_M_S,
            "the direct path alone": lambda g: 1000 * g["apart"] / SPEED_M_S,
            "both paths added": lambda g: 1000 * (g["path"] + g["apart"]) / SPEED_M_S,
            "half the difference": lambda g: 500 * (g["path"] - g["apart"]) / SPEED_M_S,
        },
        low=2,
    ),
    numeric(
        "rooms-surface",
        ROOMS,
        (
            "What is the equivalent absorption area of {a} m² of curtain with an absorption "
            "coefficient of {alpha} and {b} m² of plaster with {beta}?",
            "A room has {a} m² of surface with absorption coefficient {alpha} and {b} m² with "
            "{beta}. How large is the equivalent absorption area?",
        ),
        given=lambda rng: {
            "a": int(rng.integers(8, 80)),
            "alpha": pick(rng, (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
            "b": int(rng.integers(60, 300)),
            "beta": pick(rng, (0.02, 0.03, 0.04, 0.05, 0.06, 0.1)),
        },
        solve=lambda g: g["a"] * g["alpha"] + g["b"] * g["beta"],
        show=Unit("m²", 1),
        formula="{a} * {alpha} + {b} * {beta}",
        mistakes={
            "coefficients swapped": lambda g: g["a"] * g["beta"] + g["b"] * g["alpha"],
            "first surface alone": lambda g: g["a"] * g["alpha"],
            "second surface alone": lambda g: g["b"] * g["beta"],
            "mean coefficient": lambda g: (g["a"] + g["b"]) * (g["alpha"] + g["beta"]) / 2,
        },
    ),
)
