"""`archcalc completion`."""

from __future__ import annotations

import sys

from archcalc.errors import Problem, UsageError, likely, quote

EXAMPLES = """
completion bash >> ~/.bashrc
completion zsh >> ~/.zshrc
completion fish > ~/.config/fish/completions/archcalc.fish
"""
_BASH = r"""
# completion of archcalc for bash
_archcalc() {
    local IFS=$'\n'
    COMPREPLY=($(archcalc completion --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    # a word that goes on: a folder, a layer's figure, a symbol's size
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *[=/.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _archcalc archcalc
"""
_ZSH = r"""
# completion of archcalc for zsh
_archcalc() {
    local line text
    local -a whole whole_about open open_about
    for line in "${(@f)$(archcalc completion --described "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        text=${line%%$'\t'*}
        if [[ $text == *[=/.] ]]; then  # a word that goes on
            open+=("$text") open_about+=("${line/$'\t'/  }")
        else
            whole+=("$text") whole_about+=("${line/$'\t'/  }")
        fi
    done
    (( $#whole )) && compadd -l -d whole_about -a whole
    (( $#open )) && compadd -l -S '' -d open_about -a open
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -D }
compdef _archcalc archcalc
"""
_FISH = r"""
# completion of archcalc for fish
function __archcalc
    set -l typed (commandline -opc) (commandline -ct)
    archcalc completion --described $typed[2..-1] 2>/dev/null
end
complete -c archcalc -f -a '(__archcalc)'
"""
SHELLS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def run(args: list[str]) -> int:
    """Print the script of a shell; its scripts come back with the words typed so far."""
    if args[:1] in (["--words"], ["--described"]):
        return _answer(args[1:] or [""], described=args[0] == "--described")
    from archcalc.cli.arguments import Parser
    from archcalc.cli.out import show

    parser = Parser("completion", EXAMPLES)
    parser.add_argument(
        "shell", help=f"{', '.join(SHELLS)}: the script that completes archcalc's words there"
    )
    given = parser.read(args)
    if given is None:
        return 0
    if given.shell not in SHELLS:
        why = (f"shells: {', '.join(SHELLS)}",)
        what = f"there is no completion for {quote(given.shell)}"
        raise UsageError(Problem(what, why, likely(given.shell, SHELLS)))
    show(SHELLS[given.shell].strip("\n"))
    return 0


def _answer(typed: list[str], *, described: bool) -> int:
    """Print what may stand there; nothing where that cannot be told, as nobody asked for a message."""
    from archcalc.cli.completing import words

    try:
        found = words(typed)
    except Exception:  # noqa: BLE001  (a spec that is being written may be broken in any way)
        return 1
    for word in found:
        if word.text.isprintable():
            about = f"\t{word.about}" if described and word.about else ""
            sys.stdout.write(f"{word.text}{about}\n")
    return 0
