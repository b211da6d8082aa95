"""Spec and sizes -> Graph: nodes bound, wired and shaped."""

from archcalc.graph.build import build, build_between, rebuild
from archcalc.graph.refusals import odd_input
from archcalc.graph.values import Graph, Node

__all__ = ["Graph", "Node", "build", "build_between", "odd_input", "rebuild"]
