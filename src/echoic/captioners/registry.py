"""Captioners by name."""

import difflib
import re
from collections.abc import Callable
from pathlib import Path

from echoic.captioners.acoustic import AcousticCaptioner
from echoic.captioners.base import Captioner
from echoic.captioners.joined import JoinedCaptioner
from echoic.captioners.oracle import OracleCaptioner
from echoic.captioners.whisper import WhisperCaptioner
from echoic.errors import UnknownName
from echoic.models.transcriber import DEFAULT_WHISPER, transcriber_of

# A plus joins only before a captioner's name: file names may hold one.
JOINT = re.compile(r"\+(?=(?:acoustic|oracle|whisper)(?:$|[:+]))")
KNOWN = ("acoustic", "oracle:<seeds file>", "whisper[:model]")


def open_captioner(
    name: str, *, whisper: str = DEFAULT_WHISPER, transcripts: Path | None = None
) -> Captioner:
    """The captioner of that name; several joined with "+" write one after the other.

    `whisper[:model]` transcribes, `acoustic` measures, transcribes and tags, `oracle:<seeds file>`
    repeats the seeds. `whisper` is the model for those that name none. Beside a `whisper` the
    `acoustic` one leaves the words to it. `transcripts` is a file in which transcripts are kept
    between calls. No weights are loaded yet. Raises UnknownName.
    """
    names = JOINT.split(name)
    kinds = [part.partition(":")[0] for part in names]
    make: dict[str, Callable[[str], Captioner]] = {
        "acoustic": lambda _: AcousticCaptioner(
            transcriber_of(_whisper_name(whisper), transcripts), transcripts="whisper" not in kinds
        ),
        "oracle": lambda seeds: OracleCaptioner(_seeds(seeds)),
        "whisper": lambda model: WhisperCaptioner(
            transcriber_of(_whisper_name(model or whisper), transcripts)
        ),
    }
    parts: list[Captioner] = []
    for part in names:
        kind, _, rest = part.partition(":")
        if kind not in make or (kind == "acoustic" and rest):
            raise UnknownName(_unknown(name, part))
        parts.append(make[kind](rest))
    return parts[0] if len(parts) == 1 else JoinedCaptioner(tuple(parts))


def _whisper_name(model: str) -> str:
    """`tiny.en` stands for `whisper-tiny.en`; a folder or a hub id stays what it is."""
    bare = "/" not in model and not model.startswith("whisper") and not Path(model).exists()
    return f"whisper-{model}" if bare else model


def _seeds(rest: str) -> Path:
    path = Path(rest).expanduser()
    if not rest or not path.is_file():
        raise UnknownName(f"captioner 'oracle:{rest}': name a file of seeds: oracle:<seeds file>")
    return path


def _unknown(name: str, part: str) -> str:
    close = difflib.get_close_matches(
        part.partition(":")[0], ("acoustic", "oracle", "whisper"), n=1
    )
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"captioner {name!r}: {part!r} is none of {', '.join(KNOWN)}{hint}"
