"""`quotidian completion`: what a shell needs to complete commands and options."""

from typing import Literal

from quotidian.cli.program import all_commands


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print a script that has a shell complete commands and options. docs/quickstart.md says where to put it.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    print(all_commands().generate_completion(shell=shell))
