"""A framework that source is written for: its words, and which rule says what a kind is in it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from archcalc.errors import ConvertError, Problem
from archcalc.export.source.library import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.export.source.parts import Part
    from archcalc.graph import Node

Rule: TypeAlias = "Callable[[Node], Part]"
Shared: TypeAlias = "Callable[[Node, Framework], Part]"
SHARED: dict[str, Shared] = {}


def shared(*ops: str) -> Callable[[Shared], Shared]:
    """Enter a rule for some kinds that frameworks write alike, but for their words."""

    def enter(rule: Shared) -> Shared:
        SHARED.update(dict.fromkeys(ops, rule))
        return rule

    return enter


class Framework:
    """What a framework is called, and what it calls the things that every framework has."""

    def __init__(
        self,
        folder: str,
        title: str,
        *,
        functions: str,
        layers: str,
        axis: str,
        table: str,
        block: str,
        network: str,
        forward: str,
        tensor: str,
        chain: str,
        several: str,
        frozen: str,
        used: str,
        taken: frozenset[str],
    ) -> None:
        self.folder = folder  # beside this one: it has the rules, and what the framework lacks
        self.title = title
        self.functions = functions  # what stands before a function of tensors: `torch.`
        self.layers = layers  # what stands before a layer: `nn.`
        self.axis = axis  # what an argument that is an axis is called: `dim`
        self.table = table  # what an embedding calls its table: `weight`
        self.block, self.network = block, network  # what a block's class is made from, and the network's
        self.forward = forward  # what the method of the forward pass is called
        self.tensor = tensor  # the type of what it reads and gives; nothing where no types are written
        self.chain = chain  # what holds copies and goes through them; nothing where a loop does
        self.several = several  # what holds copies that a loop goes through; nothing where a list does
        self.frozen = frozen  # a statement that leaves the tensors of `{this}` as they are
        self.used = frozenset(used.split())  # names that a file uses as they are
        self.taken = taken  # names that no attribute may have
        self.rules: dict[str, Rule] = {}

    def reserved(self) -> frozenset[str]:
        """Names that mean something in a file, so that no argument and no variable is called by them."""
        return self.used | texts(self.folder).keys()

    def writes(self, *ops: str) -> Callable[[Rule], Rule]:
        """Enter a rule for some kinds."""

        def enter(rule: Rule) -> Rule:
            self.rules.update(dict.fromkeys(ops, rule))
            return rule

        return enter

    def rule(self, op: str) -> Rule | None:
        """The rule of a kind: the framework's own, else the one that all share; None where there is none."""
        for home in (self.folder, "source"):
            import_module(f"archcalc.export.{home}.kinds")  # its modules enter their rules
        if op in self.rules:
            return self.rules[op]
        shared = SHARED.get(op)
        return (lambda node: shared(node, self)) if shared else None

    def part(self, node: Node) -> Part:
        """What a layer is in this framework.

        Raises ConvertError for a kind that has no counterpart.
        """
        rule = self.rule(node.layer.op)
        if rule is None:
            raise self.lacking(node)
        return rule(node)

    def lacking(self, node: Node) -> ConvertError:
        """The error of a kind that has no counterpart."""
        why = "such a layer has figures, and nothing that could be computed"
        if not node.layer.declared:
            why = f"it is a kind of a plugin, and {self.title} has no layer of that name"
        fix = "replace it by layers that archcalc ops lists"
        what = f"{node.layer.op} cannot be exported to {self.title}"
        return ConvertError(Problem(what, (why,), fix, layer=node.name))
