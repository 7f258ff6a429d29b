"""`gateway agreements`: one group, each family of commands in a module of its own."""

import click

from gateway.cli import cards, proofs, signing


@click.group()
def agreements() -> None:
    """Agreements of two regions (互认协议): who accepts what, what they leave open, who signed them."""


for command in (
    proofs.matrix,
    proofs.gaps,
    proofs.asymmetry,
    proofs.laundering,
    cards.card,
    signing.keygen,
    signing.sign,
    signing.verify,
):
    agreements.add_command(command)
