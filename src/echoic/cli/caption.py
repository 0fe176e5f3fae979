"""`echoic caption`: a captioner writes about every clip of a benchmark."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from echoic.errors import NoData, OutputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echoic.caption import Caption
    from echoic.captioners.base import Captioner

PATH = click.Path(path_type=Path)
CAPTIONERS = "whisper[:model], acoustic, oracle:FILE, or an audio chat model's string, as in \
google/gemini-2.5-pro; a+b writes both."


@click.command()
@click.option("--benchmark", "name", required=True, help="A name that 'echoic bench show "
              "--help' lists, or a .jsonl file of questions.")  # fmt: skip
@click.option("--captioner", required=True, help=CAPTIONERS)
@click.option("--out", type=PATH, required=True, help="JSONL of captions.")
@click.option("--path", type=PATH, help="Where the benchmark lies.")
@click.option("--mapping", type=PATH, help="Which column of the file at --path is what (TOML).")
@click.option("--limit", type=click.IntRange(min=1), help="Only the clips of so many questions: "
              "those that 'echoic eval' asks with the same --limit and --seed.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--prompt", default="describe", show_default=True,
              help="Chat models: a prompt file, by name or as FILE.toml.")  # fmt: skip
@click.option("--json", "json_out", type=PATH, help="Write lengths and "
              "failures to this file.")  # fmt: skip
def command(
    name: str, captioner: str, out: Path, path: Path | None, mapping: Path | None,
    limit: int | None, seed: int, prompt: str, json_out: Path | None,
) -> None:  # fmt: skip
    """Caption each clip of BENCHMARK once; run it again to go on after an interruption."""
    from echoic.benchmarks.registry import load
    from echoic.captioners.registry import open_captioner
    from echoic.captioners.run import CaptionsMissing, caption_all, replies_file
    from echoic.cli.progress import progress_line
    from echoic.evals.plan import subset

    if json_out is not None and json_out.exists():
        raise OutputRefused(f"{json_out}: exists already; remove it or choose another place")
    known = load(name, path, mapping)
    if not known.clips:
        raise NoData(
            f"{known.name}: its questions have no clips to caption; a mapping file names their "
            "column with 'clip'"
        )
    clips = [question.clip for question in subset(known.questions, limit=limit, seed=seed)]
    writer = open_captioner(captioner, prompt=prompt, replies=replies_file(out))
    draw = progress_line(f"caption {writer.name}")
    try:
        made = caption_all(writer, known.folder, clips, out, draw)
    except CaptionsMissing as error:
        _report(writer, error.captions, error.failures, out, json_out)
        raise
    _report(writer, made, {}, out, json_out)


def _report(
    writer: "Captioner",
    made: "Mapping[str, Caption]",
    failures: "Mapping[str, str]",
    out: Path,
    json_out: Path | None,
) -> None:
    """Print (and write) how many captions there are, how long they are, and what failed."""
    from echoic.caption import lengths
    from echoic.captioners.chat import ChatCaptioner
    from echoic.records import write_json

    record: dict[str, Any] = {
        "captioner": writer.name,
        "prompt_hash": writer.prompt_hash,
        "captions": len(made),
        "failures": dict(failures),
    }
    click.echo(f"{out}: {len(made)} captions by {writer.name}, {len(failures)} failed")
    if made:
        found = lengths(list(made.values()))
        record["words"] = vars(found)
        click.echo(
            f"words: mean {found.mean:.1f}, median {found.median:g}, shortest {found.shortest} "
            f"({found.shortest_clip}), longest {found.longest} ({found.longest_clip})"
        )
    if isinstance(writer, ChatCaptioner):
        into, out_of = writer.tokens
        record |= {"tokens_in": into, "tokens_out": out_of, "cut": writer.cut}
        click.echo(
            f"tokens of the clips asked about: {into} in, {out_of} out; {writer.cut} captions "
            "were cut at the limit of tokens"
        )
    if json_out is not None:
        write_json(json_out, record)
