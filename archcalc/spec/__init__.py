"""YAML text -> Spec: what the author wrote, with its positions, and no meaning yet."""

from archcalc.shelf import bundled, folder
from archcalc.spec.document import parse
from archcalc.spec.find import find
from archcalc.spec.node import Node
from archcalc.spec.values import Claim, Entry, Source, Spec

__all__ = ["Claim", "Entry", "Node", "Source", "Spec", "bundled", "find", "folder", "parse"]
