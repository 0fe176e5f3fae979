"""Captioning a folder of clips: cached, resumable, every failure named."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from echoic.caption import Caption, read_captions
from echoic.captioners.run import GROUP_CLIPS, caption_all
from echoic.clip import Clip, write_wav
from echoic.errors import BadClip, BadRecord, NoData, OutputRefused
from echoic.records import Journal, file_digest


class Counting:
    """Tells each clip's length in samples, and remembers what it was asked."""

    def __init__(self, prompt_hash: str = "p1", name: str = "counting") -> None:
        self.name, self.prompt_hash = name, prompt_hash
        self.groups: list[list[str]] = []

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        self.groups.append([clip.path.name for clip in clips])
        for clip in clips:
            if len(clip.samples) == 13:
                raise BadClip(f"{clip.path}: brings bad luck")
        return [f"{len(clip.samples)} samples" for clip in clips]


def write_clips(folder: Path, count: int, start: int = 100) -> list[str]:
    names = [f"{i:03d}.wav" for i in range(count)]
    for i, name in enumerate(names):
        write_wav(folder / name, np.full(start + i, 0.1, np.float32))
    return names


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_clip_is_captioned_once_in_order(tmp_path: Path) -> None:
    names = write_clips(tmp_path, 3)
    captioner, out = Counting(), tmp_path / "deep" / "out.jsonl"
    told: list[tuple[int, int]] = []
    made = caption_all(captioner, tmp_path, [*names, names[0], ""], out, lambda *n: told.append(n))
    assert captioner.groups == [names]
    assert list(made) == names
    assert made[names[1]] == Caption(
        names[1], file_digest(tmp_path / names[1]), "counting", "p1", "101 samples"
    )
    assert read_captions(out) == made
    assert told == [(0, 3), (3, 3)]


def test_a_second_start_asks_nothing_and_writes_nothing(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, 3), tmp_path / "out.jsonl"
    first = caption_all(Counting(), tmp_path, names, out)
    before = out.read_bytes()
    again = Counting()
    assert caption_all(again, tmp_path, names, out) == first
    assert again.groups == []
    assert out.read_bytes() == before


def test_equal_content_is_captioned_once_under_every_path(tmp_path: Path) -> None:
    names = write_clips(tmp_path, 1)
    (tmp_path / "copy.wav").write_bytes((tmp_path / names[0]).read_bytes())
    captioner = Counting()
    made = caption_all(captioner, tmp_path, [names[0], "copy.wav"], tmp_path / "out.jsonl")
    assert captioner.groups == [[names[0]]]
    assert made["copy.wav"].text == made[names[0]].text == "100 samples"
    assert [row["clip"] for row in rows(tmp_path / "out.jsonl")] == [names[0], "copy.wav"]


def test_a_changed_clip_is_captioned_anew_and_the_later_line_counts(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, 2), tmp_path / "out.jsonl"
    old = (tmp_path / names[0]).read_bytes()
    caption_all(Counting(), tmp_path, names, out)
    write_wav(tmp_path / names[0], np.full(555, 0.1, np.float32))
    caption_all(Counting(), tmp_path, names, out)
    assert read_captions(out)[names[0]].text == "555 samples"
    (tmp_path / names[0]).write_bytes(old)  # changed back: the old text is still known
    again = Counting()
    caption_all(again, tmp_path, names, out)
    assert again.groups == []
    assert read_captions(out)[names[0]].text == "100 samples"


def test_another_prompt_captions_anew(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, 2), tmp_path / "out.jsonl"
    caption_all(Counting(), tmp_path, names, out)
    changed = Counting(prompt_hash="p2")
    made = caption_all(changed, tmp_path, names, out)
    assert changed.groups == [names]
    assert {caption.prompt_hash for caption in made.values()} == {"p2"}


def test_a_file_with_another_captioners_texts_is_left_alone(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, 2), tmp_path / "out.jsonl"
    caption_all(Counting(), tmp_path, names, out)
    before = out.read_bytes()
    with pytest.raises(OutputRefused, match="captions of 'counting', not 'other'"):
        caption_all(Counting(name="other"), tmp_path, names, out)
    assert out.read_bytes() == before


def test_a_file_that_holds_no_captions_is_named_with_its_line(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, 1), tmp_path / "out.jsonl"
    out.write_text('{"id": "q1"}\n')
    with pytest.raises(BadRecord, match=r"out\.jsonl:1"):
        caption_all(Counting(), tmp_path, names, out)


def test_failures_are_all_named_after_the_others_are_stored(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, GROUP_CLIPS + 4), tmp_path / "out.jsonl"
    (tmp_path / names[1]).write_text("no audio")
    (tmp_path / names[2]).unlink()
    write_wav(tmp_path / names[3], np.full(13, 0.1, np.float32))
    (tmp_path / "twin.wav").write_text("no audio")
    with pytest.raises(BadClip) as caught:
        caption_all(Counting(), tmp_path, [*names, "twin.wav"], out)
    message = str(caught.value)
    assert message.startswith("4 of 21 clips have no caption")
    for name in (*names[1:4], "twin.wav"):
        assert name in message
    assert "brings bad luck" in message
    assert str(out) in message
    assert len(read_captions(out)) == 17
    for name in names[1:4]:  # mended: the same command goes on
        write_wav(tmp_path / name, np.full(400, 0.1, np.float32))
    assert len(caption_all(Counting(), tmp_path, names, out)) == len(names)


def test_only_bad_clips_left_to_do_costs_no_second_look_at_the_good_ones(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, 4), tmp_path / "out.jsonl"
    (tmp_path / names[1]).write_text("no audio")
    for groups in ([[names[0], names[2], names[3]]], []):
        captioner = Counting()
        with pytest.raises(BadClip, match=names[1]):
            caption_all(captioner, tmp_path, names, out)
        assert captioner.groups == groups


def test_no_clip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="no clip to caption"):
        caption_all(Counting(), tmp_path, ["", ""], tmp_path / "out.jsonl")


def test_an_unwritable_place_and_a_second_writer_are_refused(tmp_path: Path) -> None:
    names = write_clips(tmp_path, 1)
    with pytest.raises(OutputRefused):
        caption_all(Counting(), tmp_path, names, tmp_path / names[0] / "out.jsonl")
    with Journal(tmp_path / "out.jsonl"), pytest.raises(OutputRefused, match="another process"):
        caption_all(Counting(), tmp_path, names, tmp_path / "out.jsonl")


def test_an_unfinished_group_is_asked_again_whole(tmp_path: Path) -> None:
    names, out = write_clips(tmp_path, GROUP_CLIPS + 2), tmp_path / "out.jsonl"
    caption_all(Counting(), tmp_path, names, out)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[: GROUP_CLIPS + 1]) + b'{"torn')
    again = Counting()
    caption_all(again, tmp_path, names, out)
    assert again.groups == [names[GROUP_CLIPS:]]
    assert out.read_bytes() == whole


KILLED = """
    import os, signal, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from test_captioners_run import Counting
    from echoic.captioners.run import caption_all

    class Dying(Counting):
        def captions(self, clips):
            if len(self.groups) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().captions(clips)

    folder = Path({folder!r})
    names = sorted(path.name for path in folder.glob("*.wav"))
    caption_all(Dying(), folder, names, folder / "out.jsonl")
"""


def test_a_killed_run_goes_on_and_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    names = write_clips(tmp_path, 3 * GROUP_CLIPS)
    script = textwrap.dedent(KILLED).format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], check=False, env=os.environ.copy())
    assert done.returncode == -signal.SIGKILL
    out = tmp_path / "out.jsonl"
    assert len(rows(out)) == 2 * GROUP_CLIPS
    again = Counting()
    caption_all(again, tmp_path, names, out)
    assert again.groups == [names[2 * GROUP_CLIPS :]]
    caption_all(Counting(), tmp_path, names, tmp_path / "undisturbed.jsonl")
    assert out.read_bytes() == (tmp_path / "undisturbed.jsonl").read_bytes()
