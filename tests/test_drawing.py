"""Pictures of networks: what is drawn of them, and that nothing stands upon another, as a browser sees it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from archcalc import load
from archcalc.drawing.lettering import BOLD, REGULAR

LOOKED_AT = ["lenet5", "resnet50", "resnet152", "unet", "googlenet", "vit_b_16"]

# every fault that an eye would find in a picture: what leaves it, what stands upon another, wires through
# cards that are not their ends and through words; by a little, as boxes of text are higher than its signs
FAULTS = """
() => {
  const svg = document.querySelector('svg'), view = svg.viewBox.baseVal, faults = []
  const all = (what, e = svg) => [...e.querySelectorAll(what)]
  const box = e => { const b = e.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height] }
  const meet = (a, b, by) => a[0] + by < b[2] && b[0] + by < a[2] && a[1] + by < b[3] && b[1] + by < a[3]
  const texts = all('text').map(t => [t.textContent, box(t)]), cards = all('.card').map(box)
  const [left, top] = [view.x, view.y], [right, bottom] = [left + view.width, top + view.height]
  texts.forEach(([name, b], i) => {
    if (b[0] < left || b[1] < top || b[2] > right || b[3] > bottom) faults.push(`${name} leaves the page`)
    for (const [other, there] of texts.slice(i + 1))
      if (meet(b, there, 0.5)) faults.push(`${name} upon ${other}`)
  })
  for (const wire of all('.wire')) {
    const [path, head] = all('path', wire), length = path.getTotalLength()
    for (const label of all('text', wire))
      if (cards.some(card => meet(box(label), card, 0.5))) faults.push(`${label.textContent} upon a card`)
    const at = x => { const p = path.getPointAtLength(x); return [p.x, p.y, p.x, p.y] }
    const others = cards.filter(card => ![at(0), box(head)].some(end => meet(end, card, -2)))
    if (cards.length - others.length != 2) faults.push(`a wire with ${cards.length - others.length} ends`)
    for (let x = 0; x <= length; x += 4) {
      const here = at(x)
      if (others.some(card => meet(here, card, 1))) faults.push(`a wire through a card at ${here}`)
      for (const [name, b] of texts) if (meet(here, b, 1.5)) faults.push(`a wire through ${name} at ${here}`)
    }
  }
  return [texts.length, cards.length, [...new Set(faults)]]
}
"""


@pytest.fixture(scope="module")
def page(browser):
    """A page that has the shipped font."""
    return browser.new_page()


def faults(page, svg, *, shipped=True):
    """What a browser finds wrong with an SVG, in the shipped font or in one that it has."""
    faces = ""
    for weight, path in (("normal", REGULAR), ("bold", BOLD)) if shipped else ():
        data = base64.b64encode(Path(path).read_bytes()).decode()
        source = f"src:url(data:font/ttf;base64,{data})"
        faces += f"@font-face{{font-family:'Archcalc Sans';font-weight:{weight};{source}}}"
    page.set_content(f"<style>{faces}</style>{svg[svg.index('<svg') :]}")
    page.evaluate("() => document.fonts.ready")
    texts, cards, found = page.evaluate(FAULTS)
    assert min(texts, cards) > 2
    return found


@pytest.mark.parametrize("options", [{}, {"direction": "right"}, {"page": "a4"}], ids=str)
@pytest.mark.parametrize("name", LOOKED_AT)
def test_nothing_stands_upon_another(page, name, options):
    assert faults(page, load(name).draw(**options).svg) == []


@pytest.mark.parametrize("name", ["lenet5", "vit_b_16"])
def test_nor_does_it_in_a_font_of_other_widths(page, name):
    svg = load(name).draw().svg.replace("Archcalc Sans,", "DejaVu Sans,")
    assert faults(page, svg, shipped=False) == []


def test_a_fault_is_found(page):
    svg = load("lenet5").draw().svg
    moved = svg.replace(">16@10x10<", ' dx="-40"><').replace(">6@28x28<", ' dx="-30">6@28x28<')
    assert any("6@28x28 upon" in fault or "through 6@28x28" in fault for fault in faults(page, moved))
    wide = svg.replace(">C1</text>", ">C1 and much more than there is room for on its card</text>")
    assert faults(page, re.sub(r' textLength="[^"]*" lengthAdjust="[^"]*"', "", wide))
