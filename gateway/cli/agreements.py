"""`gateway agreements`: what two regions agreed; each family of subcommands has a module of its own."""

import click

from gateway.cli import signing


@click.group()
def agreements() -> None:
    """Agreements of two regions (互认协议): who signed them."""


for command in (signing.keygen, signing.sign, signing.verify):
    agreements.add_command(command)
