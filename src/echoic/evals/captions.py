"""The captions of a file that belong to a benchmark's clips."""

from pathlib import Path

from echoic.benchmarks.base import Benchmark
from echoic.caption import Caption, read_captions
from echoic.errors import BadRecord
from echoic.records import file_digest


def captions_of(benchmark: Benchmark, path: Path) -> dict[str, Caption]:
    """Clip -> its caption of the JSONL at `path`, for the benchmark's clips that have one.

    A caption belongs to a clip of its path or, where the audio lies under other names, of its
    content. Audio need not be at hand; what is must be what was captioned. Raises BadRecord when a
    clip has other content than the one of its name that was captioned, when captions differ in
    prompt or settings, or when none is about a clip of the benchmark.
    """
    held = read_captions(path)
    by_content = {caption.clip_hash: caption for caption in held.values()}
    found: dict[str, Caption] = {}
    changed: list[str] = []
    for clip in benchmark.clips:
        file = benchmark.clip_path(clip)
        here = file_digest(file) if file.is_file() else None
        caption = held.get(clip) if here is None else by_content.get(here)
        if caption:
            found[clip] = caption
        elif clip in held:
            changed.append(clip)
    if changed:
        raise BadRecord(
            f"{path}: {len(changed)} captions are about another file than the one of that name in "
            f"{benchmark.folder}, the first is {changed[0]!r}; take the captions of this edition, "
            "or caption it anew"
        )
    if len({caption.prompt_hash for caption in found.values()}) > 1:
        raise BadRecord(
            f"{path}: its captions were made with several prompts or settings; run the 'echoic "
            "caption' that began it to its end"
        )
    if held and not found:
        raise BadRecord(
            f"{path}: none of its {len(held)} captions is about a clip of {benchmark.name}, the "
            f"first is about {next(iter(held))!r}; give the captions of this benchmark"
        )
    return found
