"""python -m cadgen.completion bash|zsh|fish: what a shell needs to complete `cadgen`, its commands and their options.

Keep what it prints in a file: telling the options of all commands takes some seconds.
"""

import argparse
import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from cadgen.commands import COMMANDS
from cadgen.interrupt import run_command

_EXAMPLES = """examples:
  cadgen completion bash > ~/.local/share/bash-completion/completions/cadgen
  cadgen completion zsh > ~/.zfunc/_cadgen          and fpath+=~/.zfunc before compinit in ~/.zshrc
  cadgen completion fish > ~/.config/fish/completions/cadgen.fish
"""
_GLOBAL = ("--help", "--version")

_BASH = """\
_cadgen() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} words=""
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        words="{commands}"
    elif [[ $current == -* ]]; then
        case ${{COMP_WORDS[1]}} in
{cases}
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _cadgen cadgen
"""
_ZSH = """\
#compdef cadgen
_cadgen() {{
    local -a commands=({commands})
    if ((CURRENT == 2)); then
        _describe command commands
    elif [[ $words[CURRENT] == -* ]]; then
        case $words[2] in
{cases}
        esac
    else
        _files
    fi
}}
if [[ $funcstack[1] == _cadgen ]]; then _cadgen "$@"; else compdef _cadgen cadgen; fi
"""


def options() -> dict[str, list[str]]:
    """Command -> its options. Those that Hydra configures have `--help` alone: they are given key=value."""
    return {name: _options(command.module) for name, command in COMMANDS.items()}


def script(shell: str, known: Mapping[str, list[str]]) -> str:
    """The script for bash, zsh or fish. known: command -> its options."""
    if shell == "fish":
        return _fish(known)
    if shell == "bash":
        cases = [f'        {name}) words="{" ".join(words)}" ;;' for name, words in known.items()]
        return _BASH.format(commands=" ".join([*known, *_GLOBAL]), cases="\n".join(cases))
    cases = [f"        {name}) compadd -- {' '.join(words)} ;;" for name, words in known.items()]
    described = " ".join(f"'{name}:{COMMANDS[name].line}'" for name in known)
    return _ZSH.format(commands=described, cases="\n".join(cases))


def _fish(known: Mapping[str, list[str]]) -> str:
    lines = [f"complete -c cadgen -n __fish_use_subcommand -f -l {word[2:]}" for word in _GLOBAL]
    for name, words in known.items():
        lines.append(f"complete -c cadgen -n __fish_use_subcommand -f -a {name} -d '{COMMANDS[name].line}'")
        lines += [f"complete -c cadgen -n '__fish_seen_subcommand_from {name}' -l {word[2:]}" for word in words]
    return "\n".join(lines) + "\n"


def _options(module: str) -> list[str]:
    spec = find_spec(module)
    is_package = spec is not None and spec.submodule_search_locations is not None
    found = import_module(f"{module}.__main__" if is_package else module)
    if not hasattr(found, "parser"):
        return ["--help"]
    return ["--help", *dict.fromkeys(re.findall(r"--[a-z][a-z-]*", found.parser().format_usage()))]


def parser() -> argparse.ArgumentParser:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m cadgen.completion",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=["bash", "zsh", "fish"])
    return parser


def main() -> int:
    print(script(parser().parse_args().shell, options()), end="")
    return 0


if __name__ == "__main__":
    run_command(main)
