"""Where the audio goes: the place of `<|AUDIO|>` in a rendered prompt.

`<|AUDIO|>` becomes `<start_audio>`, the connector's vectors, the transcript's tokens (at most 100;
a single space where nobody speaks) and `<end_audio>`, as in DeSTA2.5. The markers are plain text to
the backbone's tokenizer, as published.
"""

from dataclasses import dataclass
from typing import Any

from echoic.engine.ask import AUDIO_MARK
from echoic.engine.chat import tokens
from echoic.errors import BadRecord

START = "<start_audio>"
END = "<end_audio>"
NO_SPEECH = " "
MAX_TRANSCRIPT_TOKENS = 100


@dataclass(frozen=True)
class Splice:
    """Token ids around the audio vectors: `before` + [vectors] + `after`.

    `before` ends with the start marker and depends only on the template and what stands before the
    audio; `after` begins with the transcript and the end marker.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]


def splice(tokenizer: Any, text: str, transcript: str) -> Splice:
    """Cut rendered `text` at its one `<|AUDIO|>`. Raises BadRecord if there is not exactly one."""
    parts = text.split(AUDIO_MARK)
    if len(parts) != 2:
        raise BadRecord(f"a prompt needs exactly one {AUDIO_MARK}, this one has {len(parts) - 1}")
    spoken = tokens(tokenizer, transcript.strip() or NO_SPEECH, start=False)
    return Splice(
        before=tuple(tokens(tokenizer, parts[0] + START)),
        after=(
            *spoken[:MAX_TRANSCRIPT_TOKENS],
            *tokens(tokenizer, END + parts[1], start=False),
        ),
    )
