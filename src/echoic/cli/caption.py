"""`echoic caption`: a captioner writes about every clip of a benchmark."""

from pathlib import Path

import click


@click.command()
@click.option("--benchmark", "name", required=True, help="mmau, mmar, world or a JSONL file.")
@click.option("--captioner", required=True, help="whisper[:model], acoustic, oracle:FILE; a+b.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSONL of captions.")
@click.option("--path", type=click.Path(path_type=Path), help="Where the benchmark lies.")
def command(name: str, captioner: str, out: Path, path: Path | None) -> None:
    """Caption each clip of BENCHMARK once; run it again to go on after an interruption."""
    from echoic.benchmarks.registry import load
    from echoic.captioners.registry import open_captioner
    from echoic.captioners.run import caption_all
    from echoic.cli.progress import progress_line

    writer = open_captioner(captioner)
    benchmark = load(name, path)
    made = caption_all(
        writer, benchmark.folder, benchmark.clips, out, progress_line(f"caption {writer.name}")
    )
    click.echo(f"{out}: {len(made)} captions by {writer.name}")
