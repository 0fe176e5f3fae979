"""Reading a JSON list of objects or a JSONL file row by row, so that its size does not matter."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from echoic.errors import BadRecord
from echoic.records import read_jsonl, too_much

NON_SPACE = re.compile(r"\S")
CHUNK_CHARS = 1 << 16


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a JSON list of objects or of a JSONL file.

    Which of the two it is, the first character tells. One row at a time is in memory. Raises
    BadRecord naming file and line.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            window = _Window(path, stream)
            is_list = window.peek() == "["
            if is_list:
                yield from _listed(window)
    except FileNotFoundError as error:
        raise BadRecord(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: cannot be read as UTF-8 text: {error}") from error
    if not is_list:
        yield from read_jsonl(path)


class _Window:
    """The part of a text that is being read: what was read is cut off, what comes is added."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        self.path = path
        self.line = 1
        self._stream, self._text, self._at, self._ended = stream, "", 0, False

    def peek(self) -> str:
        """The next character that is no white space, "" at the end."""
        while True:
            found = NON_SPACE.search(self._text, self._at)
            self._pass(found.start() if found else len(self._text))
            if found or not self._more(CHUNK_CHARS):
                return found.group() if found else ""

    def take(self) -> None:
        """Step over that character."""
        self._pass(self._at + 1)

    def value(self) -> Any:
        """The JSON value that begins here. Raises BadRecord when there is none."""
        decoder = json.JSONDecoder()
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # Half a value looks like a broken one. Each try reads as much again, so that a
                # broken file costs no more than a whole one.
                if self._more(max(CHUNK_CHARS, len(self._text))):
                    continue
                line = self.line + self._text.count("\n", self._at, error.pos)
                raise BadRecord(f"{self.path}:{line}: not JSON: {error.msg}") from error
            except (ValueError, RecursionError) as error:
                raise BadRecord(f"{self.path}:{self.line}: not JSON: {too_much(error)}") from error
            self._pass(end)
            return value

    def _pass(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self, chars: int) -> bool:
        """Read on. False at the end of the file."""
        if self._ended:
            return False
        read = self._stream.read(chars)
        self._text, self._at = self._text[self._at :] + read, 0
        self._ended = not read
        return bool(read)


def _listed(window: _Window) -> Iterator[tuple[int, dict[str, Any]]]:
    window.take()
    while window.peek() != "]":
        line = window.line
        row = window.value()
        if not isinstance(row, dict):
            raise BadRecord(f"{window.path}:{line}: a {type(row).__name__}, not a JSON object")
        yield line, row
        after = window.peek()
        if after not in {",", "]"}:
            raise BadRecord(
                f"{window.path}:{window.line}: the list is not closed; fetch the file again"
            )
        if after == ",":
            window.take()
    window.take()
    if window.peek():
        raise BadRecord(f"{window.path}:{window.line}: more stands after the list; remove it")
