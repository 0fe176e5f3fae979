"""The command line in this process, as its users' scripts see it."""

from echoic.cli.main import main


def ended_with(*arguments: object) -> int:
    """Run `echoic` with the arguments; its exit status."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
