"""Is a `gateway …` command, written in a document or a compose file, one that the command line takes?"""

from collections.abc import Sequence

import click

from gateway.cli import cli


def fault_of(words: Sequence[str], command: click.Command = cli) -> str | None:
    """What is wrong with the words after `gateway`: an unknown command or option; None if nothing is.

    Arguments may be left out, and files need not exist.
    """
    context = click.Context(command, resilient_parsing=True)
    try:
        _, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    if not rest:
        return None
    if not isinstance(command, click.Group):
        return f"{rest[0]!r} is one argument too many"
    inner = command.get_command(context, rest[0])
    return f"there is no command {rest[0]!r}" if inner is None else fault_of(rest[1:], inner)
