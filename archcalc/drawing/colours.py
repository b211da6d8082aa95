"""The colours of drawings: each light one has a dark one, and a drawing is made in the light ones."""

from __future__ import annotations

import re

THEMES = ("auto", "light", "dark")

PAPER = "#ffffff"
INK = "#1f2328"  # names and titles
SOFT = "#57606a"  # what is said beside them
LINE = "#6e7781"  # edges
RULE = "#d0d7de"  # frames of blocks, axes
SHADE = "#f6f8fa"  # inside a block
SHADE_2 = "#eceff3"  # inside a block of a block

# the fill and the line of each family of kinds
FAMILIES = {
    "conv": ("#dbe9fb", "#3b6fb5"),
    "pool": ("#fbe7d3", "#b8702a"),
    "dense": ("#ddf0dc", "#3d8b42"),
    "activation": ("#f3e3f6", "#8e4a9e"),
    "norm": ("#fdf3c8", "#9a7b0a"),
    "attention": ("#fbdde1", "#b8394d"),
    "recurrent": ("#d6f1ef", "#1f8078"),
    "embedding": ("#e4e1fb", "#5b4fc0"),
    "join": ("#e3e8ee", "#4f6272"),
}
OTHER = ("#eeeeee", "#777777")

# where the cost sits, from next to nothing to all of it
HEAT = ("#fffaf0", "#feedcf", "#fdd9a5", "#fcbd74", "#f99d4d", "#f07b3a")
HEAT_LINE = "#b5651d"
SKIP = "#8250df"  # wires that pass others by

DARK = {
    PAPER: "#0d1117",
    INK: "#e6edf3",
    SOFT: "#9da7b3",
    LINE: "#8b949e",
    RULE: "#3d444d",
    SHADE: "#151b23",
    SHADE_2: "#1d242d",
    "#dbe9fb": "#17304f",
    "#3b6fb5": "#6ea8fe",
    "#fbe7d3": "#432a12",
    "#b8702a": "#e0a366",
    "#ddf0dc": "#173a1b",
    "#3d8b42": "#6cc070",
    "#f3e3f6": "#3a1f42",
    "#8e4a9e": "#cb8fd9",
    "#fdf3c8": "#3a3109",
    "#9a7b0a": "#d9bb4b",
    "#fbdde1": "#4a1820",
    "#b8394d": "#f0808f",
    "#d6f1ef": "#0f3936",
    "#1f8078": "#5fc4bb",
    "#e4e1fb": "#2a2459",
    "#5b4fc0": "#a79df5",
    "#e3e8ee": "#232d37",
    "#4f6272": "#9fb3c4",
    "#eeeeee": "#262b31",
    "#777777": "#8d96a0",
    "#fffaf0": "#17150f",
    "#feedcf": "#33240f",
    "#fdd9a5": "#4f3310",
    "#fcbd74": "#6d4111",
    "#f99d4d": "#8c4a10",
    "#f07b3a": "#a8480f",
    HEAT_LINE: "#d98c4a",
    SKIP: "#b897ff",
}
"""The dark colour for each light one."""

_COLOUR = re.compile(r'(?<=[" ])(fill|stroke|stop-color)="(#[0-9a-f]{6})"')


def themed(svg: str, theme: str) -> str:
    """An SVG in the light colours, as it is, in the dark ones, or with the rule that chooses."""
    if theme == "light":
        return svg
    if theme == "dark":
        return _COLOUR.sub(lambda found: f'{found[1]}="{DARK.get(found[2], found[2])}"', svg)
    start = svg.index(">", svg.index("<svg")) + 1
    opening = svg[:start].replace("<svg ", '<svg class="archcalc" ', 1)
    return f"{opening}\n<style>{rules(svg)}</style>{svg[start:]}"


def rules(svg: str) -> str:
    """The style rules by which a reader who has chosen a dark theme sees the dark colours."""
    used = sorted({(found[1], found[2]) for found in _COLOUR.finditer(svg) if found[2] in DARK})
    # attributes give way to rules, and other drawings on the same page are not ours to change
    found = "".join(f'.archcalc [{what}="{light}"]{{{what}:{DARK[light]}}}' for what, light in used)
    return f"@media screen and (prefers-color-scheme:dark){{{found}}}"
