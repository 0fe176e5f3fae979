"""Spatial & Motion Cues: arrival times, level differences, echoes, Doppler shift."""

from math import asin, degrees, log10, radians, sin

from echoic.curation.computed.base import pick
from echoic.curation.computed.numeric import Unit, numeric, ratios, spread, steps

SPATIAL = "Spatial & Motion Cues"
SPEED_M_S = 343.0

GENERATORS = (
    numeric(
        "spatial-echo",
        SPATIAL,
        (
            "A hiker shouts toward a cliff and hears the echo {delay} s later. How far away is the "
            "cliff, if sound travels at 343 m/s?",
            "A clap returns from a wall after {delay} s. At a speed of sound of 343 m/s, what is "
            "the distance to the wall?",
        ),
        given=lambda rng: {"delay": spread(rng, 0.2, 4.0, 0.1)},
        solve=lambda g: SPEED_M_S * g["delay"] / 2,
        show=Unit("m"),
        formula="343 * {delay} / 2",
        mistakes={
            "one way only": lambda g: SPEED_M_S * g["delay"],
            "the way counted four times": lambda g: SPEED_M_S * g["delay"] / 4,
            "twice the whole way": lambda g: SPEED_M_S * g["delay"] * 2,
        },
    ),
    numeric(
        "spatial-thunder",
        SPATIAL,
        (
            "Thunder follows a lightning flash after {delay} seconds. About how far away was the "
            "flash (speed of sound 343 m/s)?",
            "A firework bursts, and its bang arrives {delay} seconds after the light. About how "
            "far off is it, at 343 m/s?",
        ),
        given=lambda rng: {"delay": spread(rng, 2, 16, 0.5)},
        solve=lambda g: SPEED_M_S * g["delay"] / 1000,
        show=Unit("km", 2),
        formula="0.343 km/s * {delay} s",
        mistakes={
            "taken as an echo": lambda g: SPEED_M_S * g["delay"] / 2000,
            "miles for kilometres": lambda g: SPEED_M_S * g["delay"] / 1609,
        },
    ),
    numeric(
        "spatial-itd",
        SPATIAL,
        (
            "Two microphones stand {spacing} cm apart. A distant source lies {angle}° to the side "
            "of straight ahead. By how much do the arrival times differ (343 m/s)?",
            "For a spaced pair of microphones with {spacing} cm between them, what is the time "
            "difference for a distant source at {angle}° off the centre line, at 343 m/s?",
        ),
        given=lambda rng: {
            "spacing": int(rng.integers(6, 61)),
            "angle": pick(rng, (15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 90)),
        },
        solve=lambda g: 1e4 * g["spacing"] * sin(radians(g["angle"])) / SPEED_M_S,
        show=Unit("µs"),
        formula="{spacing} cm * sin({angle}°) / 343 m/s",
        mistakes={
            "angle ignored": lambda g: 1e4 * g["spacing"] / SPEED_M_S,
            "cosine for sine": lambda g: (
                1e4 * g["spacing"] * sin(radians(90 - g["angle"])) / SPEED_M_S
            ),
            "half the spacing": lambda g: (
                0.5e4 * g["spacing"] * sin(radians(g["angle"])) / SPEED_M_S
            ),
            "angle as a share of 90°": lambda g: 1e4 * g["spacing"] * g["angle"] / 90 / SPEED_M_S,
        },
        low=10,
    ),
    numeric(
        "spatial-angle",
        SPATIAL,
        (
            "A distant sound reaches two microphones {spacing} cm apart with a time difference of"
            " {delay} µs. At what angle from straight ahead does it arrive (343 m/s)?",
            "A pair of microphones with a spacing of {spacing} cm measures an arrival-time "
            "difference of {delay} µs. At what angle from the centre does the sound arrive, at "
            "343 m/s?",
        ),
        given=lambda rng: {
            "spacing": (spacing := int(rng.integers(10, 61))),
            "delay": int(1e4 * spacing * sin(radians(int(rng.integers(8, 65)))) / SPEED_M_S),
        },
        solve=lambda g: degrees(asin(g["delay"] * SPEED_M_S / (1e4 * g["spacing"]))),
        show=Unit("degrees"),
        formula="arcsin(343 m/s * {delay} µs / {spacing} cm)",
        mistakes={
            "complement": lambda g: (
                90 - degrees(asin(g["delay"] * SPEED_M_S / (1e4 * g["spacing"])))
            ),
        },
        high=88,
        gap=4,
    ),
    numeric(
        "spatial-ild",
        SPATIAL,
        (
            "The sound pressure at the near ear is {ratio} times that at the far ear. What is the "
            "interaural level difference?",
            "A head shadows one ear so that the pressure amplitude there is 1/{ratio} of that at "
            "the other ear. How large is the level difference between the ears?",
        ),
        given=lambda rng: {"ratio": spread(rng, 1.2, 8, 0.1)},
        solve=lambda g: 20 * log10(g["ratio"]),
        show=Unit("dB", 1),
        formula="20 log10({ratio})",
        mistakes={
            "10 log10": lambda g: 10 * log10(g["ratio"]),
            "40 log10": lambda g: 40 * log10(g["ratio"]),
            "the ratio itself": lambda g: g["ratio"],
        },
    ),
    numeric(
        "spatial-doppler",
        SPATIAL,
        (
            "A siren of {tone} Hz moves straight {way} a listener at rest at {speed} m/s. Which "
            "frequency is heard (speed of sound 343 m/s)?",
            "A vehicle with a horn of {tone} Hz drives {way} a person at the roadside at {speed} "
            "m/s. What pitch does the person hear, if sound travels at 343 m/s?",
        ),
        given=lambda rng: {
            "tone": 10 * int(rng.integers(30, 130)),
            "speed": int(rng.integers(18, 61)),
            "way": pick(rng, ("toward", "away from")),
        },
        solve=lambda g: (
            g["tone"]
            * SPEED_M_S
            / (SPEED_M_S + (g["speed"] if g["way"] == "away from" else -g["speed"]))
        ),
        show=Unit("Hz"),
        formula="{tone} * 343 / (343 -/+ {speed}), source moving {way} the listener",
        mistakes={
            "wrong direction": lambda g: (
                g["tone"]
                * SPEED_M_S
                / (SPEED_M_S - (g["speed"] if g["way"] == "away from" else -g["speed"]))
            ),
            "the tone itself": lambda g: g["tone"],
            "speed added in Hz": lambda g: (
                g["tone"] + (-g["speed"] if g["way"] == "away from" else g["speed"])
            ),
            "shift counted twice": lambda g: (
                g["tone"]
                * (
                    SPEED_M_S
                    / (SPEED_M_S + (g["speed"] if g["way"] == "away from" else -g["speed"]))
                )
                ** 2
            ),
            "shift counted three times": lambda g: (
                g["tone"]
                * (
                    SPEED_M_S
                    / (SPEED_M_S + (g["speed"] if g["way"] == "away from" else -g["speed"]))
                )
                ** 3
            ),
        },
        filler=ratios(1.07, 1.1, 1.15, 1.2),
        ratio=1.03,
    ),
    numeric(
        "spatial-distance",
        SPATIAL,
        (
            "A small source outdoors is heard at {level} dB from {near} m. What is the level at "
            "{far} m, without reflections?",
            "In the free field a loudspeaker produces {level} dB at {near} m. Which level remains "
            "at {far} m?",
        ),
        given=lambda rng: {
            "level": int(rng.integers(70, 105)),
            "near": (near := int(rng.integers(1, 6))),
            "far": near * int(rng.integers(2, 13)),
        },
        solve=lambda g: g["level"] - 20 * log10(g["far"] / g["near"]),
        show=Unit("dB"),
        formula="{level} - 20 log10({far} / {near})",
        mistakes={
            "3 dB for each doubling": lambda g: g["level"] - 10 * log10(g["far"] / g["near"]),
            "level divided by the ratio": lambda g: g["level"] * g["near"] / g["far"],
            "1 dB for each metre": lambda g: g["level"] - (g["far"] - g["near"]),
            "12 dB for each doubling": lambda g: g["level"] - 40 * log10(g["far"] / g["near"]),
        },
        filler=steps(3, 6, 9, 12),
        gap=2,
        ratio=1.0,
        low=20,
    ),
    numeric(
        "spatial-arrival",
        SPATIAL,
        (
            "How much later than the nearest listener does somebody {extra} m farther from the "
            "stage hear a drum beat, at 343 m/s?",
            "A reflection travels {extra} m farther than the direct sound. How much later does it "
            "arrive at 343 m/s?",
        ),
        given=lambda rng: {"extra": spread(rng, 3, 60, 0.5)},
        solve=lambda g: 1000 * g["extra"] / SPEED_M_S,
        show=Unit("ms"),
        formula="{extra} m / 343 m/s",
        mistakes={
            "there and back": lambda g: 2000 * g["extra"] / SPEED_M_S,
            "one millisecond a metre": lambda g: g["extra"],
            "multiplied": lambda g: g["extra"] * SPEED_M_S / 1000,
        },
        low=2,
    ),
)
