"""`python -m echoic` is the command `echoic`."""

from echoic.cli.main import main

main()
