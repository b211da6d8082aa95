"""A network as one page: everything that can be known of it at any size, in one file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.conventions import named, presets
from archcalc.conventions.count import Count
from archcalc.drawing.faces import counted
from archcalc.quantities import CONVENTIONAL, REFERENCE, TABLE
from archcalc.register import section
from archcalc.render.figures import write
from archcalc.render.notation import mathml
from archcalc.web import claims, ranges, rows, words
from archcalc.web.derivations import Derivations
from archcalc.web.document import document
from archcalc.web.letters import lettered
from archcalc.web.markup import Markup, joined, scrolling, tag
from archcalc.web.picture import Live, picture
from archcalc.web.program import Program
from archcalc.web.sliders import sliders
from archcalc.web.standing import plain

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.web.rows import Entry


def page(net: Analysis) -> str:
    """The page of a network: HTML that needs nothing else.

    Raises UsageError where sizes are letters.
    """
    return _Page(net).text()


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
        self.verdicts = claims.verdicts(self.given)
        self.ranges = ranges.ranges(self.own)

    def text(self) -> str:
        """The file."""
        picture = self.picture
        data = self.data()
        content = (
            self.header(),
            self.controls(),
            tag("main", self.cost(), self.layers(), self.walk(), self.published(), self.reading(), id="main"),
            self.footer(),
            self.panel(),
            tag("template", joined(map(self.formula, self.derivations.words)), id="words"),
        )
        return document(
            f"{self.given.name}: archcalc", content, data, ["page.js"], picture.rules + rows.rules()
        )

    # -- what the script reads

    @cached_property
    def derivations(self) -> Derivations:
        """Where each figure comes from."""
        return Derivations(self.own, self.program)

    def data(self) -> dict[str, Any]:
        """The letters, the figures' places, the ways of counting and the program."""
        made = [self.row(entry) for entry in self.entries]
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
            "about": {**words.GLOSSARY},
            "rows": made,
            "conventions": counted,
            "convention": self.convention,
            "conditions": conditions,
            "steps": list(map(_loaded, self.derivations.steps)),
            "formulas": {place: text for place, text in texts.items() if text},
            "program": self.program.written(),
        }  # fmt: skip

    def row(self, entry: Entry) -> dict[str, Any]:
        """What the script knows of a row."""
        made: dict[str, Any] = {
            "name": entry.row.name,
            "figures": rows.figures(entry, self.program),
            "shape": rows.shape(entry, self.program),
            "axes": "".join(entry.row.output.axes[:1]),
            "copies": rows.copies(entry, self.program),
        }
        if entry.parent >= 0:
            made["parent"] = entry.parent
        if entry.op and not entry.folds:
            own = self.derivations.rows[self.places[entry.row.name]]
            made["steps"] = own
            made["ops"] = list(dict.fromkeys(node.layer.op for node in entry.row.nodes))
            made["says"] = self.derivations.says[self.places[entry.row.name]] if entry.parent < 0 else ""
            made["source"] = section(type(entry.row.main[0].layer), "Source")
        claimed = self.claimed.get(entry.row.name)
        if claimed:
            made["claims"] = claimed
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
                found.setdefault(v.at, []).append(
                    [v.quantity, v.status, claims.published(v), source, v.known_gap]
                )
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
        differs: dict[int, list[int | None]] = {}
        for i, (entry, own) in enumerate(zip(rows.entries(count), self.entries, strict=True)):
            places = [self.program.place(entry.row[q]) for q in CONVENTIONAL]
            before = [self.program.place(own.row[q]) for q in CONVENTIONAL]
            if places != before:
                differs[i] = [None if a == b else a for a, b in zip(places, before, strict=True)]
        made["rows"] = differs
        return made

    def formula(self, text: str) -> Markup:
        """A formula in words, as MathML."""
        return tag("p", Markup(mathml(text)) if text else "")

    # -- what a reader sees

    def header(self) -> Markup:
        """The name, what the network is, and where it is from."""
        note = tag("p", self.given.spec.note, class_="note") if self.given.spec.note else ""
        return tag(
            "header",
            tag("a", "to the layers", href="#layers", class_="skip"),
            tag("h1", self.given.name),
            words.lede(self.given),
            note,
            tag("p", words.HOW, class_="quiet"),
            words.sources(self.given.spec),
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
        head = tag("dt", name, title=words.GLOSSARY[quantity])
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

    @cached_property
    def picture(self) -> Any:
        """The diagram, its layers linked with the rows."""
        places = [i for i, entry in enumerate(self.entries[:-1]) if entry.parent < 0]
        counts = {i: counted(self.shown[i].row) for i in places}
        return picture(self.net, Live(self.shapes, counts), places)

    @cached_property
    def shapes(self) -> dict[str, str]:
        """The places of the sides of each shape, by how it is written; nothing where two are alike."""
        pairs = [
            (entry.row.output, own.row.output) for entry, own in zip(self.shown, self.entries, strict=True)
        ]
        inputs = zip(self.net.graph.inputs.values(), self.own.net.graph.inputs.values(), strict=True)
        found: dict[str, set[str]] = {}
        for number, formula in (*pairs, *inputs):
            lead = "@ " if number.axes[:1] == ("C",) else ""
            sides = " ".join(str(self.program.place(side)) for side in formula)
            found.setdefault(write(number), set()).add(f"{lead}{sides}")
        return {text: sides.pop() if len(sides) == 1 else "" for text, sides in found.items() if text}

    def layers(self) -> Markup:
        """The diagram and the table, side by side where there is room."""
        said = "A box is a layer, an arrow what it gives."
        element = self.picture.element
        figure = tag("figure", element, tag("figcaption", said), id="picture") if element else ""
        table = rows.table(self.shown, self.columns, self.given.name, claims.marks(self.verdicts))
        how = "Open any figure to see where it comes from. Arrow keys move between figures; a header sorts."
        return tag(
            "section",
            tag("h2", "Layer by layer"),
            tag("p", how, class_="quiet"),
            tag("div", self.choice(), class_="choice"),
            tag("div", figure, scrolling(table, "layers"), class_=f"beside{' wide' * self.is_wide()}"),
        )

    def is_wide(self) -> bool:
        """Whether the figures of the table take much room."""
        return max(self.net.total[q] or 0 for q in self.columns) >= _LONG

    def walk(self) -> Markup:
        """The layers in words."""
        return tag(
            "section",
            tag("h2", "What each layer does"),
            words.walk(self.shown, self.shapes, words.wired(self.net)),
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


def _loaded(text: str) -> Any:
    import json

    return json.loads(text)
