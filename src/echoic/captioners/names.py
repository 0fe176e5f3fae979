"""What a captioner's name says; nothing is opened."""

import difflib
import re

from echoic.captioners.prompt_file import DEFAULT, load_prompt
from echoic.engine.providers import KNOWN_PREFIXES
from echoic.errors import UnknownName

# A plus joins only before a captioner's name: file names and model names may hold one.
JOINT = re.compile(
    rf"\+(?=(?:acoustic|oracle|whisper)(?:$|[:+])|(?:{'|'.join(map(re.escape, KNOWN_PREFIXES))})/)"
)
KNOWN = ("acoustic", "oracle:<seeds file>", "whisper[:model]", "<provider>/<audio model>[#prompt]")


def parts_of(name: str) -> list[str]:
    """The captioners that a name joins with "+"."""
    return JOINT.split(name)


def chat_models(name: str) -> list[str]:
    """The model strings of the audio chat models among the parts of a captioner's name."""
    return [part.partition("#")[0] for part in parts_of(name) if "/" in part.partition(":")[0]]


def check_name(name: str) -> None:
    """Raise UnknownName for a captioner's name that leads nowhere."""
    for part in parts_of(name):
        kind, _, rest = part.partition(":")
        if "/" in kind:
            load_prompt(part.partition("#")[2] or DEFAULT)
        elif kind not in ("acoustic", "oracle", "whisper") or (kind == "acoustic" and rest):
            raise unknown(name, part)


def unknown(name: str, part: str) -> UnknownName:
    """The error for a part that is no captioner."""
    close = difflib.get_close_matches(
        part.partition(":")[0], ("acoustic", "oracle", "whisper"), n=1
    )
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return UnknownName(f"captioner {name!r}: {part!r} is none of {', '.join(KNOWN)}{hint}")
