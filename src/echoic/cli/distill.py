"""`echoic distill`: a backbone writes its own training targets."""

from pathlib import Path

import click


@click.command()
@click.option("--seeds", type=click.Path(path_type=Path), required=True, help="JSONL of seeds.")
@click.option("--model", required=True, help="The backbone that writes (any model string).")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSONL of targets.")
@click.option("--seed", default=0, show_default=True, help="Draws instructions and orders.")
@click.option("--per-clip", default=1, show_default=True, help="Targets for each seed line.")
@click.option(
    "--prefill", is_flag=True, help="Give the reply's first words; rotate the attributes."
)
@click.option("--max-tokens", default=128, show_default=True, help="Longest reply.")
@click.option("--dtype", type=click.Choice(["float32", "bfloat16"]),
              help="Of a local model.  [default: float32]")  # fmt: skip
def command(
    seeds: Path,
    model: str,
    out: Path,
    seed: int,
    per_clip: int,
    prefill: bool,
    max_tokens: int,
    dtype: str | None,
) -> None:
    """Let MODEL answer instructions about every seed; write what it says as training targets."""
    from echoic.cli.progress import progress_line
    from echoic.distill.write import write_targets
    from echoic.engine.ask import Generation
    from echoic.engine.providers import open_provider
    from echoic.seed import read_seeds

    options = {"dtype": dtype} if dtype else {}
    provider = open_provider(model, generation=Generation(max_tokens=max_tokens), **options)
    targets = write_targets(
        read_seeds(seeds),
        provider,
        out,
        seed=seed,
        prefill=prefill,
        per_clip=per_clip,
        progress=progress_line("distill"),
    )
    named = sum(target.named for target in targets) / len(targets)
    unfinished = sum(not target.complete for target in targets)
    click.echo(
        f"{out}: {len(targets)} targets; they name {100 * named:.1f} % of the seeds' attribute "
        f"values; {unfinished} were cut at {max_tokens} tokens"
    )
