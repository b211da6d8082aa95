// the page as the sliders and the choices are

const update = () => {
  places = run(values);
  const broken = data.conditions.filter((own) => places[own.place] === 0n);
  const barred = broken.filter((own) => own.kind !== "read");
  fits = !barred.length;
  body.classList.toggle("unfit", !fits);
  const moved = values.some((value, i) => value !== given[i]);
  body.classList.toggle("moved", moved || data.conventions[counting].name !== "reference");
  if ($("#reset")) $("#reset").disabled = !moved;
  tell(broken, barred, moved);
  for (const { i, quantity, button, cell } of cells) {
    const found = quantity === "output" ? shape(i) : write(figure(i, quantity));
    put(button, found);
    if (quantity !== "output") cell.classList.toggle("none", found === "0" || found === "-" || found === "–");
  }
  for (const [i, tr] of line) {
    const copies = rows[i].copies === undefined ? 1n : places[rows[i].copies];
    put(tr.querySelector(".times"), fits && copies !== 1n && i !== total ? ` × ${commas(copies)}` : "");
  }
  for (const element of all("[data-total]")) {
    const now = figure(total, element.dataset.total);
    const before = place(total, element.dataset.total) < 0 ? null : first[place(total, element.dataset.total)];
    element.replaceChildren(write(now), " ", was(now, before, moved));
  }
  for (const element of all("[data-gives]")) put(element, shape(Number(element.dataset.gives)));
  for (const element of all("[data-says]")) {
    const { says } = rows[Number(element.dataset.says)];
    if (says !== undefined && fits) put(element, filled(data.texts[says]));
  }
  for (const own of pictured) put(own.element, own.write());
  share();
  if (opened) explain();
};

const was = (now, before, moved) => {
  if (!moved || now === null || before === null || !before) return made("span", " ", "was");
  const times = Number((now * 1000n) / before) / 1000;
  return made("span", now === before ? "as given" : `× ${times >= 100 ? commas(BigInt(Math.round(times))) : times.toPrecision(3)}`, "was");
};

// what does not hold, and whose fault it is
const tell = (broken, barred, moved) => {
  const said = $("#said");
  const parts = [];
  for (const own of barred) {
    const fails = own.fails.find(([at]) => places[at] === 0n);
    const where = fails ? `${fails[1]} does not fit: ` : "";
    const words = own.kind === "layers" ? `Other layers than these where ${own.says} does not hold: archcalc report --set has them.` : `${where}it takes ${own.says}.`;
    parts.push(made("span", `✗ ${words} `, "bad"));
  }
  if (fits)
    for (const own of broken) {
      const where = own.fails.filter(([at]) => places[at] === 0n).map(([, row]) => row);
      parts.push(made("span", `! ${[...new Set(where)].slice(0, 4).join(", ")} leave${where.length === 1 ? "s" : ""} a row or column unread; nothing is left over when ${own.says}. `, "warn"));
    }
  if (!parts.length) {
    const held = data.conditions.filter((own) => own.kind === "valid").map((own) => own.says);
    parts.push(held.length ? `It fits wherever ${held.join(" and ")}.` : letters.length ? "It fits at every size." : "");
  }
  const now = parts.map((part) => part.textContent ?? part).join("");
  if (said.textContent !== now) said.replaceChildren(...parts);
};

// the bar, its legend, and the column of shares
const LETTER = 8; // pixels, about
const share = () => {
  const whole = figure(total, shared) ?? 0n;
  const parts = tops.map((i) => ({ i, part: figure(i, shared) ?? 0n }));
  const bar = $("#bar");
  if (bar.children.length !== parts.length) bar.replaceChildren(...parts.map(() => made("div")));
  let largest = 0;
  const wide = bar.clientWidth;
  for (const [k, { i, part }] of parts.entries()) {
    const own = ratio(part, whole), element = bar.children[k];
    largest = Math.max(largest, own);
    element.style.flexGrow = own;
    element.hidden = own === 0;
    element.title = `${rows[i].name} ${percent(own)}`;
    element.dataset.family = line.get(i).dataset.family ?? "";
    put(element, own * wide > LETTER * (rows[i].name.length + 1) ? rows[i].name : "");
  }
  const dearest = parts.filter(({ part }) => part > 0n).sort((a, b) => (a.part < b.part ? 1 : a.part > b.part ? -1 : a.i - b.i)).slice(0, 6);
  bar.setAttribute("aria-label", `${header(shared)}: ${dearest.map(({ i, part }) => `${rows[i].name} ${percent(ratio(part, whole))}`).join(", ")}`);
  $("#dearest").replaceChildren(...dearest.map(({ i, part }) => {
    const item = made("li", `${rows[i].name} ${percent(ratio(part, whole))}`);
    item.dataset.family = line.get(i).dataset.family ?? "";
    return item;
  }));
  put($('[data-sort="share"]'), `share of ${header(shared)}`);
  for (const [i, tr] of line) {
    const cell = tr.lastChild, part = figure(i, shared);
    if (i === total || part === null || !whole) { cell.replaceChildren(); continue; }
    if (!cell.firstChild) cell.append(document.createElement("i"), document.createElement("span"));
    const own = ratio(part, whole);
    cell.firstChild.style.width = `${largest ? Math.min(1, own / largest) * 3.2 : 0}rem`;
    put(cell.lastChild, percent(own));
  }
};

// -- conventions and shares

const choice = $("#convention");
const count = () => {
  const own = data.conventions[counting];
  choice.value = own.name;
  const calls = Object.entries(own.calls).map(([quantity, word]) => `${header(quantity)} ${word}`);
  $("#counting").textContent = `${own.about.replace(/\.$/, "")}. ${calls.length ? `It calls ${calls.join(", and ")}.` : ""}`;
};
choice.addEventListener("change", () => {
  counting = data.conventions.findIndex((own) => own.name === choice.value);
  count();
  update();
  remember();
});
$("#share").addEventListener("change", (event) => {
  shared = event.target.value;
  update();
});

// -- begin

addEventListener("hashchange", () => {
  recall();
  show(null);
  count();
  update();
});
recall();
show(null);
count();
update();
