"""Wave Physics: speed, wavelength, period, temperature, standing waves, media."""

from math import sqrt

from echoic.curation.computed.base import pick
from echoic.curation.computed.numeric import Unit, numeric, spread, steps

WAVES = "Wave Physics"
AIR_M_S = 343.0
MEDIA_M_S = {"water": 1480, "steel": 5960, "helium": 1007, "sea water": 1530, "glass": 5640}

GENERATORS = (
    numeric(
        "waves-length",
        WAVES,
        (
            "What is the wavelength of a {tone} Hz tone in air (343 m/s)?",
            "How long is one wave of a sound of {tone} Hz, if the speed of sound is 343 m/s?",
        ),
        given=lambda rng: {"tone": spread(rng, 30, 900, 5)},
        solve=lambda g: AIR_M_S / g["tone"],
        show=Unit("m", 2),
        formula="343 / {tone}",
        mistakes={
            "half a wave": lambda g: AIR_M_S / g["tone"] / 2,
            "a quarter wave": lambda g: AIR_M_S / g["tone"] / 4,
            "inverse": lambda g: g["tone"] / AIR_M_S,
            "two waves": lambda g: 2 * AIR_M_S / g["tone"],
        },
        low=0.05,
    ),
    numeric(
        "waves-frequency",
        WAVES,
        (
            "A sound wave in air (343 m/s) has a wavelength of {cm} cm. What is its frequency?",
            "Which frequency has a wavelength of {cm} cm at a speed of sound of 343 m/s?",
        ),
        given=lambda rng: {"cm": spread(rng, 3, 400, 1)},
        solve=lambda g: 100 * AIR_M_S / g["cm"],
        show=Unit("Hz"),
        formula="343 m/s / {cm} cm",
        mistakes={
            "half a wave": lambda g: 50 * AIR_M_S / g["cm"],
            "two waves": lambda g: 200 * AIR_M_S / g["cm"],
            "a quarter wave": lambda g: 25 * AIR_M_S / g["cm"],
        },
    ),
    numeric(
        "waves-period",
        WAVES,
        (
            "How long does one period of a {tone} Hz vibration last?",
            "A tone repeats {tone} times per second. What is the duration of one cycle?",
        ),
        given=lambda rng: {"tone": spread(rng, 25, 800, 1)},
        solve=lambda g: 1000 / g["tone"],
        show=Unit("ms", 2),
        formula="1000 / {tone}",
        mistakes={
            "half a period": lambda g: 500 / g["tone"],
            "two periods": lambda g: 2000 / g["tone"],
            "angular frequency": lambda g: 1000 / g["tone"] / 6.2832,
            "hundredths": lambda g: g["tone"] / 100,
        },
    ),
    numeric(
        "waves-medium",
        WAVES,
        (
            "Sound travels at {speed} m/s in {medium}. What is the wavelength of {tone} Hz there?",
            "A tone of {tone} Hz passes into {medium}, where sound travels at {speed} m/s. What is "
            "its wavelength in that medium?",
        ),
        given=lambda rng: {
            "medium": (medium := pick(rng, tuple(MEDIA_M_S))),
            "speed": MEDIA_M_S[medium],
            "tone": spread(rng, 200, 8000, 50),
        },
        solve=lambda g: g["speed"] / g["tone"],
        show=Unit("m", 2),
        formula="{speed} / {tone}",
        mistakes={
            "speed in air": lambda g: AIR_M_S / g["tone"],
            "half a wave": lambda g: g["speed"] / g["tone"] / 2,
            "two waves": lambda g: 2 * g["speed"] / g["tone"],
            "ratio of the speeds": lambda g: g["speed"] / AIR_M_S,
        },
        low=0.03,
        farthest=20,
    ),
    numeric(
        "waves-temperature",
        WAVES,
        (
            "With c = 331.3 m/s + 0.606 m/s per °C, how fast is sound in air at {celsius} °C?",
            "The speed of sound in air is about 331.3 + 0.606·T m/s for T in °C. What is it at "
            "{celsius} °C?",
        ),
        given=lambda rng: {"celsius": int(rng.integers(-30, 46))},
        solve=lambda g: 331.3 + 0.606 * g["celsius"],
        show=Unit("m/s", 1),
        formula="331.3 + 0.606 * {celsius}",
        mistakes={
            "sign mixed up": lambda g: 331.3 - 0.606 * g["celsius"],
            "one metre a degree": lambda g: 331.3 + g["celsius"],
            "counted from 20 degrees": lambda g: 331.3 + 0.606 * (g["celsius"] - 20),
            "added to 343 m/s": lambda g: 343 + 0.606 * g["celsius"],
        },
        filler=steps(3, 6.1, 9, 12.1),
        ratio=1.0,
        gap=2,
    ),
    numeric(
        "waves-standing",
        WAVES,
        (
            "A string of {cm} cm, fixed at both ends, carries waves at {speed} m/s. What is the "
            "frequency of its {ordinal} harmonic?",
            "Waves run along a {cm} cm string, fixed at both ends, at {speed} m/s. At which "
            "frequency does its {ordinal} harmonic vibrate?",
        ),
        given=lambda rng: {
            "cm": 5 * int(rng.integers(6, 30)),
            "speed": 10 * int(rng.integers(12, 50)),
            **pick(
                rng,
                (
                    {"n": 1, "ordinal": "first"},
                    {"n": 2, "ordinal": "second"},
                    {"n": 3, "ordinal": "third"},
                    {"n": 4, "ordinal": "fourth"},
                ),
            ),
        },
        solve=lambda g: 100 * g["n"] * g["speed"] / (2 * g["cm"]),
        show=Unit("Hz"),
        formula="{n} * {speed} m/s / (2 * {cm} cm)",
        mistakes={
            "one wave on the string": lambda g: 100 * g["n"] * g["speed"] / g["cm"],
            "quarter wave": lambda g: 100 * g["n"] * g["speed"] / (4 * g["cm"]),
            "one harmonic higher": lambda g: 100 * (g["n"] + 1) * g["speed"] / (2 * g["cm"]),
            "speed of sound in air": lambda g: 100 * g["n"] * AIR_M_S / (2 * g["cm"]),
        },
    ),
    numeric(
        "waves-spring",
        WAVES,
        (
            "The speed of waves on a string is the square root of tension over mass per length. "
            "What is it for {tension} N and {density} g/m?",
            "A string of {density} g per metre is stretched with {tension} N. How fast do "
            "transverse waves travel along it (square root of tension over mass per length)?",
        ),
        given=lambda rng: {
            "tension": spread(rng, 30, 400, 5),
            "density": spread(rng, 0.5, 12, 0.5),
        },
        solve=lambda g: sqrt(1000 * g["tension"] / g["density"]),
        show=Unit("m/s"),
        formula="sqrt({tension} / {density} g/m)",
        mistakes={
            "root left out, in hundreds": lambda g: 10 * g["tension"] / g["density"],
            "half": lambda g: sqrt(1000 * g["tension"] / g["density"]) / 2,
            "root 2 too large": lambda g: sqrt(2000 * g["tension"] / g["density"]),
            "root 2 too small": lambda g: sqrt(500 * g["tension"] / g["density"]),
        },
    ),
)
