"""The command `echoic`: finds the verb, and turns deliberate errors into one line."""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from echoic import __version__
from echoic.errors import EchoicError

INTERRUPTED = 130

VERBS = {
    "analyse": "Statistics over score tables and finished runs.",
    "bench": "Compute, audit and show question sets.",
    "caption": "Let a captioner write about every clip of a benchmark.",
    "demo": "The whole embedded study, offline.",
    "distill": "Let a backbone write its own training targets.",
    "doctor": "What is here: GPU, packages, models, keys, disk.",
    "eval": "Ask a model: knowledge, cascade, audio, control.",
    "export": "Results as lm-eval tasks, Inspect logs or Parquet.",
    "models": "List and fetch the embedded models.",
    "recommend": "Which backbone to train, from text-only scores.",
    "report": "Tables, figures and one offline HTML file.",
    "score": "Score a predictions file.",
    "study": "Plan, run and watch a study.",
    "train": "Train the connector of an LALM.",
    "verify": "Grade the stored replies of runs again and compare.",
    "world": "Render clips with known truth.",
}


class LazyGroup(click.Group):
    """Verbs whose modules are imported only when they run, so that `--help` stays light."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, alphabetically."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object of a verb, or None."""
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"echoic.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with one line each, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(VERBS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="echoic")
def root() -> None:
    """Which text LLM should be the backbone of an audio language model?"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a deliberate error, 2 usage, 130 interrupted."""
    try:
        root.main(args=arguments, prog_name="echoic", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EchoicError as error:
        click.echo(f"echoic: {' '.join(str(error).split())}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("echoic: interrupted; the same command goes on where it stopped", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
