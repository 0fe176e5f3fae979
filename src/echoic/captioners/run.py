"""Caption every clip of a benchmark, once, whatever happens in between.

Captions go to a journal, a line each, as soon as their group of clips is done. A caption counts as
made when one line has the same captioner, prompt hash and clip content (SHA-256), under any path:
a second start asks only for what is missing, and a clip that changed is captioned anew. Groups are
planned over the whole list and an unfinished one is made again whole, so that batching inside a
captioner sees the same clips whether or not the run was interrupted. Captioners that ask about all
clips at once (chat models) keep a journal of their own replies meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from echoic.caption import Caption
from echoic.captioners.base import AsksAtOnce, Captioner, ClipFile, Progress
from echoic.clip import Clip
from echoic.errors import BadClip, NoData, OutputRefused
from echoic.records import Journal, file_digest

REASONS_SHOWN = 5
GROUP_CLIPS = 16  # one batch of Whisper; what a crash can cost at most


class CaptionsMissing(BadClip):
    """Some clips have no caption; `failures` says why (clip -> reason), `captions` are the rest."""

    def __init__(
        self, failures: Mapping[str, str], captions: Mapping[str, Caption], out: Path
    ) -> None:
        self.failures, self.captions = dict(failures), dict(captions)
        total = len(failures) + len(captions)
        some = sorted(failures)[:REASONS_SHOWN]
        reasons = " | ".join(failures[clip] for clip in some)
        if len(failures) > len(some):
            reasons += f" | and {len(failures) - len(some)} more ('echoic bench audit' lists all)"
        super().__init__(
            f"{len(failures)} of {total} clips have no caption (the others are in {out}; mend "
            f"these and run again): {reasons}"
        )


def caption_all(
    captioner: Captioner,
    benchmark_folder: Path,
    clips: Sequence[str],
    out: Path,
    progress: Progress | None = None,
) -> dict[str, Caption]:
    """Caption `clips`, paths below `benchmark_folder`, into the JSONL `out`; clip -> caption.

    `progress` is told (done, total) in distinct clips. Raises NoData without clips, OutputRefused
    when `out` holds another captioner's captions or cannot be written, and CaptionsMissing, after
    all other captions are stored, naming every clip that could not be decoded or captioned.
    """
    wanted = list(dict.fromkeys(clip for clip in clips if clip))
    if not wanted:
        raise NoData(f"{benchmark_folder}: there is no clip to caption")
    with Journal(out) as journal:
        shelf = _Shelf.of(journal, captioner)
        hashes, failures = _hashes(benchmark_folder, wanted)
        first: dict[str, str] = {}
        for clip, clip_hash in hashes.items():
            first.setdefault(clip_hash, clip)
        distinct = list(first.values())
        if isinstance(captioner, AsksAtOnce):
            failures |= _ask_all(captioner, benchmark_folder, first, shelf, progress)
        else:
            for start in range(0, len(distinct), GROUP_CLIPS):
                if progress:
                    progress(start, len(distinct))
                group = distinct[start : start + GROUP_CLIPS]
                failures |= _fill(captioner, benchmark_folder, group, hashes, shelf)
        found = {clip: shelf.caption(clip, hashes[clip]) for clip in hashes}
        if progress:
            progress(len(distinct), len(distinct))
    made = {clip: caption for clip, caption in found.items() if caption}
    twins = [clip for clip in found if clip not in made and clip not in failures]
    failures |= {clip: f"{benchmark_folder / clip}: a copy of one that failed" for clip in twins}
    if failures:
        raise CaptionsMissing(failures, made, out)
    return made


def replies_file(out: Path) -> Path:
    """Where a chat model's replies are kept: beside the captions in `out`."""
    return out.with_name(f"{out.stem}.replies.jsonl")


@dataclass
class _Shelf:
    """What the journal holds: texts by content, and the last caption of every path."""

    journal: Journal
    captioner: str
    prompt_hash: str
    texts: dict[str, str] = field(default_factory=dict)
    last: dict[str, Caption] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Journal, captioner: Captioner) -> "_Shelf":
        """Read the journal. Raises OutputRefused when another captioner wrote it."""
        shelf = cls(journal, captioner.name, captioner.prompt_hash)
        for number, row in enumerate(journal.records(), 1):
            caption = Caption.from_record(row, f"{journal.path}:{number}")
            if caption.captioner != shelf.captioner:
                raise OutputRefused(
                    f"{journal.path}: holds captions of {caption.captioner!r}, "
                    f"not {shelf.captioner!r}; give another file"
                )
            shelf.last[caption.clip] = caption
            if caption.prompt_hash == shelf.prompt_hash:
                shelf.texts[caption.clip_hash] = caption.text
        return shelf

    def caption(self, clip: str, clip_hash: str) -> Caption | None:
        """The caption of a path with that content, written to the journal if it is not the last."""
        if clip_hash not in self.texts:
            return None
        text = self.texts[clip_hash]
        caption = Caption(clip, clip_hash, self.captioner, self.prompt_hash, text)
        if self.last.get(clip) != caption:
            self.journal.append(caption.to_record())
            self.last[clip] = caption
        return caption


def _hashes(folder: Path, clips: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """(clip -> content hash, clip -> why it cannot be read)."""
    hashes: dict[str, str] = {}
    failures: dict[str, str] = {}
    for clip in clips:
        try:
            hashes[clip] = file_digest(folder / clip)
        except OSError as error:
            failures[clip] = f"{folder / clip}: cannot be read: {error.strerror}"
    return hashes, failures


def _ask_all(
    captioner: AsksAtOnce,
    folder: Path,
    clips: Mapping[str, str],
    shelf: _Shelf,
    progress: Progress | None,
) -> dict[str, str]:
    """Caption what the shelf lacks of `clips` (content hash -> clip); clip -> why it failed."""
    missing = [
        ClipFile(folder / clip, key) for key, clip in clips.items() if key not in shelf.texts
    ]
    failures = {}
    for key, text in captioner.texts(missing, progress).items():
        if isinstance(text, BadClip):
            failures[clips[key]] = str(text)
        else:
            shelf.texts[key] = text
    return failures


def _fill(
    captioner: Captioner, folder: Path, group: list[str], hashes: dict[str, str], shelf: _Shelf
) -> dict[str, str]:
    """Caption a group unless the shelf has all of it; clip -> why it failed."""
    missing = [clip for clip in group if hashes[clip] not in shelf.texts]
    decoded, failures = _decoded(folder, missing)
    if not decoded:
        return failures
    others, _ = _decoded(folder, [clip for clip in group if clip not in missing])
    together = [(clip, (decoded | others)[clip]) for clip in group if clip in decoded | others]
    texts, refused = _captioned(captioner, together)
    for clip in missing:
        if clip in texts:
            shelf.texts[hashes[clip]] = texts[clip]
            shelf.caption(clip, hashes[clip])
    return failures | {clip: why for clip, why in refused.items() if clip in missing}


def _decoded(folder: Path, clips: Sequence[str]) -> tuple[dict[str, Clip], dict[str, str]]:
    decoded: dict[str, Clip] = {}
    failures: dict[str, str] = {}
    for clip in clips:
        try:
            decoded[clip] = Clip.read(folder / clip)
        except BadClip as error:
            failures[clip] = str(error)
    return decoded, failures


def _captioned(
    captioner: Captioner, clips: list[tuple[str, Clip]]
) -> tuple[dict[str, str], dict[str, str]]:
    """(clip -> text, clip -> why there is none); asked singly when the group as a whole fails."""
    try:
        texts = captioner.captions([clip for _, clip in clips])
        return {name: text for (name, _), text in zip(clips, texts, strict=True)}, {}
    except BadClip as error:
        if len(clips) == 1:
            return {}, {clips[0][0]: str(error)}
    texts_by_clip: dict[str, str] = {}
    failures: dict[str, str] = {}
    for one in clips:
        found, refused = _captioned(captioner, [one])
        texts_by_clip |= found
        failures |= refused
    return texts_by_clip, failures
