"""A network as one page: everything that can be known of it at any size, in one file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.conventions import named, presets
from archcalc.conventions.count import Count
from archcalc.conventions.variables import VARIABLES
from archcalc.drawing.colours import rules
from archcalc.folding import times
from archcalc.quantities import CONVENTIONAL, REFERENCE, TABLE
from archcalc.register import section
from archcalc.render.agreement import claim
from archcalc.render.figures import write
from archcalc.render.notation import mathml
from archcalc.web import claims, ranges, rows, words
from archcalc.web.derivations import Derivations, clean
from archcalc.web.document import document
from archcalc.web.letters import lettered
from archcalc.web.live import Live
from archcalc.web.markup import Markup, joined, scrolling, tag
from archcalc.web.picture import graph, maps, tables
from archcalc.web.plainly import does
from archcalc.web.program import NOTHING, Program
from archcalc.web.sliders import sliders
from archcalc.web.standing import plain, stand
from archcalc.web.walk import Walk

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.web.rows import Entry


def page(net: Analysis) -> str:
    """The page of a network: HTML that needs nothing else.

    Raises UsageError where sizes are letters.
    """
    return _Page(net).text()


SCRIPTS = (
    "elements.js", "numbers.js", "network.js", "table.js", "picture.js", "sliders.js", "derivation.js",
    "page.js",
)  # fmt: skip
"""What the page's script is made of; each part uses those before it, and all of them once all are there."""
_FEW = 4  # sliders that may stay in sight
_LONG = 10**8  # from which figures are long


class _Page:
    """One page as it is made."""

    def __init__(self, net: Analysis) -> None:
        self.convention = net.convention.shown if net.convention else REFERENCE
        self.given = net.reference
        self.own = lettered(self.given)
        self.program = Program(self.own)
        self.net = plain(self.own)  # in numbers, with the rows of the letters
        self.entries = rows.entries(self.own.net)
        self.shown = rows.entries(self.net)
        self.columns = rows.columns(self.net)
        self.walking = Walk(self.shown)
        self.verdicts = claims.verdicts(self.given)
        self.ranges = ranges.ranges(self.own)
        self.live = Live(
            self.own.net, self.net, list(zip(self.entries, self.shown, strict=True)), self.program
        )

    def text(self) -> str:
        """The file."""
        sections = (
            self.maps(), self.cost(), self.layers(), self.walk(), self.published(), self.reading(),
        )  # fmt: skip
        content = (
            self.header(),
            self.controls(),
            tag("main", *sections, id="main"),
            self.footer(),
            self.panel(),
            tag("template", joined(map(self.formula, self.derivations.words)), id="words"),
        )
        style = rules(joined(sections)) + rows.rules()
        return document(f"{self.given.name}: archcalc", content, self.data(), SCRIPTS, style)

    # -- what the script reads

    @cached_property
    def derivations(self) -> Derivations:
        """Where each figure comes from."""
        return Derivations(self.own, self.program)

    def data(self) -> dict[str, Any]:
        """The letters, the figures' places, the ways of counting and the program."""
        made = [self.row(i, entry) for i, entry in enumerate(self.entries)]
        counted = [self.counted(name) for name in presets()]
        conditions = [
            {"place": h.place, "says": h.says, "kind": h.kind, "fails": h.fails}
            for h in ranges.held(self.own, self.program)
        ]
        texts = {place: self.program.text(place) for row in made for place in row["figures"] if place >= 0}
        return {
            "name": self.given.name,
            "letters": [[*own, *r] for own, r in zip(self.own.letters, self.ranges, strict=True)],
            "columns": rows.COLUMNS,
            "headers": [TABLE[q].header for q in rows.COLUMNS],
            "about": words.GLOSSARY,
            "symbols": words.SYMBOLS,
            "variables": {name: variable.about for name, variable in VARIABLES.items()},
            "rows": _columns(made),
            "conventions": counted,
            "convention": self.convention,
            "conditions": conditions,
            "texts": list(self.live.texts),
            "steps": list(map(_loaded, self.derivations.steps)),
            "formulas": {place: text for place, text in texts.items() if text},
            "program": self.program.written(),
        }  # fmt: skip

    def row(self, place: int, entry: Entry) -> dict[str, Any]:
        """What the script knows of a row."""
        made: dict[str, Any] = {
            "name": entry.row.name,
            "figures": rows.figures(entry, self.program),
            "shape": rows.shape(entry, self.program),
            "axes": "".join(entry.row.output.axes[:1]),
            "copies": rows.copies(entry, self.program),
            "claims": self.claimed.get(entry.row.name),
        }
        if entry.parent >= 0:
            made["parent"] = entry.parent
        if entry.op and not entry.folds:
            own = self.places[entry.row.name]
            made["steps"] = [self.derivations.rows[own].get(q, NOTHING) for q in ("output", *rows.COLUMNS)]
            made["ops"] = list(dict.fromkeys(node.layer.op for node in entry.row.nodes))
            made["source"] = self.live.number(section(type(entry.row.main[0].layer), "Source"))
            if self.walking.tells(place):
                made["says"] = self.live.number(self.derivations.says[own])
        return made

    @cached_property
    def places(self) -> dict[str, int]:
        """The number of each row among all, by name."""
        return {row.name: i for i, row in enumerate(self.own.net.rows)}

    @cached_property
    def claimed(self) -> dict[str, list[list[str]]]:
        """For each row what was published of it at these sizes: figure, status, text, source."""
        found: dict[str, list[list[str]]] = {}
        for v in self.verdicts or ():
            if not v.sizes and not v.convention:
                source = v.source.cited() if v.source else ""
                found.setdefault(v.at, []).append([v.quantity, v.status, claim(v), source, v.known_gap])
        return found

    def counted(self, name: str) -> dict[str, Any]:
        """A way of counting: what it calls things, its rules, and where its figures differ."""
        convention = named(name)
        made: dict[str, Any] = {"name": name, "about": convention.about, "calls": convention.calls}
        if name == REFERENCE:
            return made
        count = Count(self.own.net, convention)
        ops = dict.fromkeys(node.layer.op for node in self.own.net.graph.nodes)
        layers = {node.layer.op: node.layer for node in self.own.net.graph.nodes}
        made["rules"] = {
            op: {q: rule.text for q in convention.given if (rule := convention.rule(q, layers[op]))}
            for op in ops
        }
        found = rows.entries(count)
        for quantity in CONVENTIONAL:
            own, places = ([self.program.place(e.row[quantity]) for e in es] for es in (self.entries, found))
            if places != own:
                made[quantity] = places if any(place != NOTHING for place in places) else NOTHING
        return made

    def formula(self, text: str) -> Markup:
        """A formula in words, as MathML."""
        return tag("p", Markup(mathml(text)) if text else "")

    # -- what a reader sees

    def header(self) -> Markup:
        """The name, what the network is, and where it is from."""
        note = tag("p", self.given.spec.note, class_="lede") if self.given.spec.note else ""
        return tag(
            "header",
            tag("a", "to the layers", href="#layers", class_="skip"),
            tag("h1", self.given.name),
            note,
            self.lede(),
            tag("p", words.HOW, class_="quiet how"),
            words.sources(self.given.spec),
        )

    def lede(self) -> Markup:
        """What the network reads, gives and costs, wherever the sliders are."""
        net, made = self.own.net, self.derivations
        layers = sum((times(row) for row in net.rows), 0)
        figures = layers, net.total.params, net.total.macs
        moving = [stand(self.own, figure, self.program.marked) for figure in figures]
        place = self.live.number(clean(words.lede(made.net, *moving)))
        total = self.given.total
        said = words.lede(self.given, len(self.given.rows), total.params, total.macs)
        return tag(
            "p", tag("strong", self.given.name), " ", tag("span", said, data_text=place), class_="lede"
        )

    def controls(self) -> Markup:
        """The sliders, the conditions, the totals, and the choice of a convention."""
        totals = [self.total(quantity) for quantity in self.columns]
        few = len(self.own.letters) <= _FEW
        return tag(
            "div",
            tag("section", sliders(self.own, self.ranges), id="controls", aria_label="sizes"),
            tag(
                "section",
                tag("dl", joined(totals), class_="totals"),
                tag("p", id="said", role="status", aria_live="polite"),
                id="totals",
                aria_label="totals",
            ),
            class_="top" if few else "top many",
        )

    def total(self, quantity: str) -> Markup:
        """One total, under its name."""
        name = words.NAMES.get(quantity, TABLE[quantity].header)
        more = tag("span", words.MORE.get(quantity, ""), class_="long")
        head = tag("dt", name, more, title=words.GLOSSARY[quantity])
        return tag("div", head, tag("dd", write(self.net.total[quantity]), data_total=quantity))

    def choice(self) -> Markup:
        """The ways of counting to choose from."""
        options = [tag("option", name, value=name, selected=name == self.convention) for name in presets()]
        return joined((
            tag("label", "counted as ", tag("select", joined(options), id="convention")),
            tag("p", id="counting", class_="quiet"),
        ))  # fmt: skip

    def cost(self) -> Markup:
        """The bar of where the cost sits."""
        options = [tag("option", TABLE[q].header, value=q, selected=q == "macs") for q in self.columns]
        return tag(
            "section",
            tag("h2", "Where the cost sits"),
            tag("p", tag("label", "share of ", tag("select", joined(options), id="share")), class_="choice"),
            tag("div", id="bar", class_="bar", role="img"),
            tag("ol", id="dearest", class_="dearest"),
            id="cost",
        )

    def maps(self) -> Markup:
        """The maps of the network as planes; nothing where they are not drawn."""
        names = {self.entries[i].row.name: i for i in self.live.tops}
        drawn = maps(self.given, names, self.live)
        if not drawn:
            return Markup("")
        axes = {axis for shape in self.given.graph.inputs.values() for axis in shape.axes}
        said = words.MAPS if "H" in axes else words.BANDS
        figure = tag("figure", scrolling(drawn, "maps"), tag("figcaption", said), id="maps")
        return tag("section", tag("h2", "What goes through it"), figure)

    def layers(self) -> Markup:
        """The diagram and the table, side by side where there is room."""
        said = "A box is a layer, an arrow what it gives."
        element = graph(self.net, self.live.tops, self.live)
        figure = tag("figure", element, tag("figcaption", said), id="picture") if element else ""
        table = rows.table(self.shown, self.columns, self.given.name, claims.marks(self.verdicts))
        how = "Open any figure to see where it comes from. Arrow keys move between figures; a header sorts."
        return tag(
            "section",
            tag("h2", "Layer by layer"),
            tag("p", how, class_="quiet how"),
            tag("div", self.choice(), class_="choice"),
            tag("div", figure, scrolling(table, "layers"), class_=f"beside{' wide' * self.is_wide()}"),
        )

    def is_wide(self) -> bool:
        """Whether the figures of the table take much room."""
        return max(self.net.total[q] or 0 for q in self.columns) >= _LONG

    def walk(self) -> Markup:
        """The layers in words."""
        said = dict(zip((row.name for row in self.net.rows), does(self.net.rows), strict=True))
        return tag(
            "section",
            tag("h2", "What each layer does"),
            self.walking.written(said, self.live.shapes, tables(self.net)),
            id="walk",
        )

    def published(self) -> Markup:
        """The figures that were published, each with its verdict."""
        if self.verdicts is None:
            return Markup("")
        return tag("section", tag("h2", "Published figures"), claims.section(self.verdicts, self.own.letters))

    def reading(self) -> Markup:
        """What the columns mean, and what is counted."""
        headers = {q: TABLE[q].header for q in ("output", *self.columns)} | {"share": "share"}
        return tag("section", tag("h2", "What the figures mean"), words.glossary(headers), id="meaning")

    def panel(self) -> Markup:
        """Where a figure's derivation is shown."""
        close = tag("button", "close", type="button", id="close")
        return tag(
            "aside",
            tag("div", tag("h2", id="what", tabindex="-1"), close, class_="top"),
            tag("div", id="derivation"),
            id="panel",
            role="dialog",
            aria_labelledby="what",
            hidden=True,
        )

    def footer(self) -> Markup:
        """What made the page, and what makes it again."""
        command = f"archcalc report {self.given.spec.shown} -f html"
        return tag("footer", tag("p", f"archcalc {__version__}; ", tag("code", command)))


def _columns(made: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """What is known of all rows, by what it is: so that each word is said once."""
    keys = dict.fromkeys(key for row in made for key in row)
    return {key: [row.get(key) for row in made] for key in keys}


def _loaded(text: str) -> Any:
    import json

    return json.loads(text)
