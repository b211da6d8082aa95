(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const body = document.body;
  const $ = (selector) => document.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const made = (name, words = "", kind = "") => {
    const element = document.createElement(name);
    element.textContent = words;
    if (kind) element.className = kind;
    return element;
  };

  // -- whole numbers of any length

  // the quotient of two BigInts is cut towards 0
  const floor = (a, b) => {
    if (b === 0n) b = 1n; // there is no such network, and a condition says so
    return a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
  };
  const gcd = (a, b) => {
    while (b) [a, b] = [b, a % b];
    return a < 0n ? -a : a;
  };
  const truth = (held) => (held ? 1n : 0n);
  // by number: what a step does, as the program's writer lists it
  const number = 0, letter = 1;
  const one = new Set([9, 10, 11, 12]); // those of one argument
  const does = [
    null, null, (a, b) => a + b, (a, b) => a * b, floor, (a, b) => (b < a ? b : a), (a, b) => (b > a ? b : a), gcd,
    (a, b) => truth(a < b), (a) => truth(a >= 0n), (a) => truth(a === 0n), (a) => truth(a !== 0n), (a) => truth(a === 0n), (a, b) => a & b,
  ];
  const numbers = data.program.numbers.map(BigInt);

  // every step at some values of the letters
  const run = (values) => {
    const steps = data.program.steps, found = [];
    for (let i = 0; i < steps.length; ) {
      const op = steps[i++], a = steps[i++];
      if (op === number) found.push(numbers[a]);
      else if (op === letter) found.push(values[a]);
      else if (one.has(op)) found.push(does[op](found[a]));
      else found.push(does[op](found[a], found[steps[i++]]));
    }
    return found;
  };

  const commas = (n) => String(n).replace("-", "−").replace(/\B(?=(\d{3})+(?!\d))/g, ",");

  // -- the state

  const letters = data.letters.map(([name, parts, value, low, high, step]) => ({ name, parts, value: BigInt(value), low, high, step }));
  const given = letters.map((own) => own.value);
  let values = [...given];
  let places = run(values);
  const first = places;
  let fits = true;
  let counting = data.conventions.findIndex((own) => own.name === data.convention);
  let shared = "macs";
  let opened = null; // the row and the figure whose derivation is shown

  const rows = data.rows;
  const total = rows.length - 1;
  const tops = rows.flatMap((row, i) => (i < total && row.parent === undefined ? [i] : []));
  const inside = new Map(tops.map((i) => [i, []]));
  rows.forEach((row, i) => row.parent === undefined || inside.get(row.parent).push(i));
  const counted = ["params", "macs", "flops"];

  // where a figure stands in the program, as the convention that is chosen counts it; -1 where it is none
  const place = (i, quantity) => {
    const own = rows[i].figures[data.columns.indexOf(quantity)];
    const convention = data.conventions[counting];
    const k = counted.indexOf(quantity);
    const other = k < 0 ? undefined : convention.rows?.[i]?.[k];
    return other ?? own;
  };
  const figure = (i, quantity) => {
    const at = place(i, quantity);
    return at < 0 || !fits ? null : places[at];
  };
  const write = (n) => (n === null ? (fits ? "-" : "–") : commas(n));
  const shape = (i, found = places) => {
    if (!fits) return "–";
    const row = rows[i], sides = row.shape.map((at) => String(found[at]));
    if (sides.length > 1 && row.axes === "C") return `${sides[0]}@${sides.slice(1).join("x")}`;
    return sides.join(" x ");
  };
  const ratio = (part, whole) => (whole > 0n ? Number((part * 1000000n) / whole) / 1000000 : 0);
  const percent = (share) => (share === 0 ? "0" : share < 0.0005 ? "<0.1%" : `${(100 * share).toFixed(1)}%`);
  const header = (quantity) => data.headers[data.columns.indexOf(quantity)];

  // a size as a decimal, and back; null for what is none
  const decimal = (own, value) => {
    if (own.parts === 1) return String(value);
    const parts = BigInt(own.parts), places = String(own.parts).length + 1;
    const digits = String(((value % parts) * 10n ** BigInt(places)) / parts).padStart(places, "0").replace(/0+$/, "");
    return `${value / parts}${digits ? `.${digits}` : ""}`;
  };
  const read = (own, text) => {
    const found = /^\s*(\d{1,40})(?:\.(\d{1,10}))?\s*$/.exec(text);
    if (!found) return null;
    const fraction = found[2] ?? "", scale = 10n ** BigInt(fraction.length);
    const above = BigInt(found[1] + fraction) * BigInt(own.parts);
    return above % scale || above === 0n ? null : above / scale;
  };

  // a text whose marked places hold what they come to
  const filled = (text) => text.replace(/\ue000(s?)(\d+)\ue001/g, (_, s, at) => (s ? (places[at] === 1n ? "" : "s") : commas(places[at])));

  // -- what is seen

  const lines = all("[data-row]", $("#layers"));
  const line = new Map(lines.map((tr) => [Number(tr.dataset.row), tr]));
  const put = (element, words) => {
    if (element && element.textContent !== words) element.textContent = words;
  };
  const cells = [];
  for (const [i, tr] of line)
    for (const button of all("[data-figure]", tr)) cells.push({ i, quantity: button.dataset.figure, button, cell: button.parentElement });

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
      const said = rows[Number(element.dataset.says)].says;
      if (said && fits) put(element, filled(said));
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
  const share = () => {
    const whole = figure(total, shared) ?? 0n;
    const parts = tops.map((i) => ({ i, part: figure(i, shared) ?? 0n }));
    const bar = $("#bar");
    if (bar.children.length !== parts.length) bar.replaceChildren(...parts.map(() => made("div")));
    let largest = 0;
    for (const [k, { i, part }] of parts.entries()) {
      const own = ratio(part, whole), element = bar.children[k];
      largest = Math.max(largest, own);
      element.style.flexGrow = own;
      element.hidden = own === 0;
      element.title = `${rows[i].name} ${percent(own)}`;
      element.dataset.family = line.get(i).dataset.family ?? "";
      put(element, own > 0.04 ? rows[i].name : "");
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
      const cell = tr.querySelector("td.share"), part = figure(i, shared);
      if (i === total || part === null || !whole) { cell.replaceChildren(); continue; }
      if (!cell.firstChild) cell.append(document.createElement("i"), document.createElement("span"));
      const own = ratio(part, whole);
      cell.firstChild.style.width = `${largest ? Math.min(1, own / largest) * 3.2 : 0}rem`;
      put(cell.lastChild, percent(own));
    }
  };

  // -- the sliders

  const sliders = all("[data-letter]"), fields = all("[data-exact]");
  const square = $("#square");
  const sides = ["H", "W"].map((name) => letters.findIndex((own) => own.name === name));

  const set = (k, value, source) => {
    values[k] = value;
    const twin = square?.checked && sides.includes(k) ? sides[1 - sides.indexOf(k)] : -1;
    if (twin >= 0) values[twin] = value;
    show(source);
    soon();
  };
  const show = (source) => {
    letters.forEach((own, k) => {
      const slider = sliders[k], field = fields[k];
      if (slider !== source) slider.value = String(values[k]);
      if (own.parts > 1) slider.setAttribute("aria-valuetext", decimal(own, values[k]));
      if (field !== source) field.value = decimal(own, values[k]);
      field.setAttribute("aria-invalid", "false");
    });
  };
  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  };
  sliders.forEach((slider, k) => slider.addEventListener("input", () => set(k, BigInt(slider.value), slider)));
  fields.forEach((field, k) => {
    field.addEventListener("input", () => {
      const value = read(letters[k], field.value);
      field.setAttribute("aria-invalid", String(value === null));
      if (value !== null) set(k, value, field);
    });
    field.addEventListener("blur", () => show(null));
  });
  $(".sliders")?.addEventListener("submit", (event) => event.preventDefault());
  $(".sliders")?.addEventListener("change", () => remember());
  $("#reset")?.addEventListener("click", () => {
    values = [...given];
    show(null);
    update();
    remember();
  });
  square?.addEventListener("change", () => {
    if (square.checked) set(sides[1], values[sides[0]], null);
  });
  for (const button of all("[data-goes]"))
    button.addEventListener("click", () => {
      values = [...given];
      for (const part of button.dataset.goes.split("&")) {
        const [k, value] = part.split("=");
        values[Number(k)] = BigInt(value);
        const twin = square && sides.includes(Number(k)) ? sides[1 - sides.indexOf(Number(k))] : -1;
        if (twin >= 0) values[twin] = BigInt(value);
      }
      show(null);
      update();
      remember();
      $("#totals").scrollIntoView({ block: "nearest" });
    });

  // -- a position in the address

  const remember = () => {
    const parts = letters.flatMap((own, k) => (values[k] === given[k] ? [] : [`${encodeURIComponent(own.name)}=${decimal(own, values[k])}`]));
    if (data.conventions[counting].name !== data.convention) parts.push(`:count=${encodeURIComponent(data.conventions[counting].name)}`);
    history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search);
  };
  const recall = () => {
    values = [...given];
    for (const part of location.hash.slice(1).split("&")) {
      const [name, text] = part.split("=").map((word) => { try { return decodeURIComponent(word); } catch { return ""; } });
      const k = letters.findIndex((own) => own.name === name);
      const value = k < 0 || text === undefined ? null : read(letters[k], text);
      if (value !== null) values[k] = value;
      const other = name === ":count" ? data.conventions.findIndex((own) => own.name === text) : -1;
      if (other >= 0) counting = other;
    }
    if (square && values[sides[0]] !== values[sides[1]]) square.checked = false;
  };

  // -- conventions and shares

  const choice = $("#convention");
  const count = () => {
    const own = data.conventions[counting];
    choice.value = own.name;
    const calls = Object.entries(own.calls).map(([quantity, word]) => `it calls ${header(quantity)} ${word}`);
    $("#counting").textContent = [own.about, calls.length ? `${calls.join("; ")}.` : ""].filter(Boolean).join(" ");
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

  // -- sorting and folding

  const tbody = $("#layers tbody");
  const order = { key: "order", down: false };
  const key = (i, by) => (by === "output" ? rows[i].shape.reduce((a, at) => a * places[at], 1n) : figure(i, by === "share" ? shared : by) ?? -1n);
  const arrange = () => {
    const sorted = (list) => {
      if (order.key === "order") return list;
      return [...list].sort((a, b) => {
        const x = key(a, order.key), y = key(b, order.key);
        return x === y ? a - b : (x < y) === order.down ? 1 : -1;
      });
    };
    tbody.append(...sorted(tops).flatMap((i) => [line.get(i), ...sorted(inside.get(i)).map((k) => line.get(k))]));
  };
  for (const button of all("[data-sort]"))
    button.addEventListener("click", () => {
      const by = button.dataset.sort;
      if (by === "order") Object.assign(order, { key: by, down: false });
      else if (order.key !== by) Object.assign(order, { key: by, down: true });
      else if (order.down) order.down = false;
      else order.key = "order";
      for (const head of all("thead th[aria-sort]", $("#layers"))) head.setAttribute("aria-sort", "none");
      if (order.key !== "order") button.parentElement.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      arrange();
    });
  const fold = (i, open) => {
    line.get(i).querySelector(".fold")?.setAttribute("aria-expanded", String(open));
    for (const k of inside.get(i)) line.get(k).hidden = !open;
  };
  for (const i of tops) {
    const button = line.get(i).querySelector(".fold");
    if (!button) continue;
    fold(i, false);
    button.addEventListener("click", () => fold(i, button.getAttribute("aria-expanded") !== "true"));
  }

  // -- from figure to figure by arrow keys: the table is one stop of the tab key

  const table = $("#layers");
  table.setAttribute("role", "grid");
  const stops = () => [...tbody.rows, ...table.tFoot.rows].filter((tr) => !tr.hidden).map((tr) => all("[data-figure]", tr));
  let current = null;
  const stop = (button) => {
    if (current) current.tabIndex = -1;
    current = button;
    button.tabIndex = 0;
  };
  for (const { button } of cells) button.tabIndex = -1;
  if (cells.length) stop(cells[0].button);
  table.addEventListener("keydown", (event) => {
    const button = event.target.closest("[data-figure]");
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -99], End: [0, 99] };
    if (!button || !steps[event.key]) return;
    event.preventDefault();
    const grid = stops();
    const y = grid.findIndex((list) => list.includes(button)), x = grid[y].indexOf(button);
    const [down, right] = steps[event.key];
    const list = grid[Math.max(0, Math.min(grid.length - 1, y + down))];
    const next = list[Math.max(0, Math.min(list.length - 1, x + right))];
    stop(next);
    next.focus();
  });

  // -- the picture and the table, linked both ways

  const boxes = all("#picture [data-row]");
  const light = (list, on) => {
    for (const i of list) {
      line.get(i)?.classList.toggle("on", on);
      for (const box of boxes) if (box.dataset.row.split(" ").includes(String(i))) box.classList.toggle("on", on);
    }
  };
  const go = (i) => {
    const button = line.get(i).querySelector("[data-figure]");
    stop(button);
    button.focus({ preventScroll: true });
    line.get(i).scrollIntoView({ block: "center", behavior: "smooth" });
  };
  for (const box of boxes) {
    const list = box.dataset.row.split(" ").map(Number);
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "button");
    box.setAttribute("aria-label", `${list.map((i) => rows[i].name).join(", ")}: to the table`);
    box.addEventListener("mouseenter", () => light(list, true));
    box.addEventListener("mouseleave", () => light(list, false));
    box.addEventListener("focus", () => light(list, true));
    box.addEventListener("blur", () => light(list, false));
    box.addEventListener("click", () => go(list[0]));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      go(list[0]);
    });
  }
  for (const [i, tr] of line) {
    const list = [rows[i].parent ?? i];
    for (const [on, off] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
      tr.addEventListener(on, () => light(list, true));
      tr.addEventListener(off, () => light(list, false));
    }
  }
  // a text of the picture that follows; one whose figures are not known is left out where they have moved
  const brief = (n) => {
    if (n < 1000n) return String(n);
    const [sign, size] = [["T", 12n], ["G", 9n], ["M", 6n], ["k", 3n]].find(([, zeros]) => 2000n * n >= 1999n * 10n ** zeros);
    return `${Number((Number(n) / 10 ** Number(size)).toPrecision(3))}${sign}`;
  };
  const pictured = all("[data-sides], [data-counts]").map((element) => {
    const original = element.textContent;
    const { sides, counts } = element.dataset;
    const written = () => {
      if (!body.classList.contains("moved")) return original;
      if (!fits || sides === "") return "";
      if (sides !== undefined) {
        const maps = sides.startsWith("@ "), own = sides.replace("@ ", "").split(" ").map((at) => String(places[at]));
        return maps && own.length > 1 ? `${own[0]}@${own.slice(1).join("x")}` : own.join(" x ");
      }
      const i = Number(counts), parts = [["params", commas], ["fixed", commas], ["macs", brief]];
      return parts.map(([q, text]) => [figure(i, q), text, header(q)]).filter(([n]) => n).map(([n, text, word]) => `${text(n)} ${word}`).join(" · ");
    };
    return { element, write: written };
  });

  // -- derivations

  const MATH = "http://www.w3.org/1998/Math/MathML";
  const m = (name, ...content) => {
    const element = document.createElementNS(MATH, name);
    element.append(...content);
    return element;
  };
  const sign = (text) => m("mo", text);
  const SUM = 1, PRODUCT = 2, ATOM = 3;
  const held = ([nodes, , tight], least) => (tight >= least ? nodes : [sign("("), ...nodes, sign(")")]);

  // a substitution as MathML: its elements, its value, how tightly it holds together, whether it was rounded
  const substitution = (tree) => {
    if (!Array.isArray(tree) || tree.length === 1) {
      const value = Array.isArray(tree) ? places[tree[0]] : BigInt(tree);
      return [[m("mn", commas(value))], value, value < 0n ? SUM : ATOM, false];
    }
    const [op, ...args] = tree;
    const parts = args.map(substitution);
    const [a, b] = parts.map((part) => part[1]);
    const rounded = parts.some((part) => part[3]);
    if (op === "+" || op === "-") {
      const right = held(parts[1], op === "+" ? SUM : PRODUCT);
      return [[...parts[0][0], sign(op === "+" ? "+" : "−"), ...right], op === "+" ? a + b : a - b, SUM, rounded];
    }
    if (op === "*") return [[...held(parts[0], PRODUCT), sign("·"), ...held(parts[1], PRODUCT)], a * b, PRODUCT, rounded];
    if (op === "floor" || op === "ceil") {
      const exact = b !== 0n && a % b === 0n;
      const value = op === "floor" ? floor(a, b) : -floor(-a, b);
      const over = m("mfrac", m("mrow", ...parts[0][0]), m("mrow", ...parts[1][0]));
      const [left, right] = op === "floor" ? "⌊⌋" : "⌈⌉";
      return exact ? [[over], value, PRODUCT, rounded] : [[sign(left), over, sign(right)], value, ATOM, true];
    }
    const value = { min: (x, y) => (y < x ? y : x), max: (x, y) => (y > x ? y : x), gcd }[op](a, b);
    return [[m("mi", op), sign("("), ...parts[0][0], sign(","), ...parts[1][0], sign(")")], value, ATOM, rounded];
  };
  const equation = (tree) => {
    const [nodes, value, , rounded] = substitution(tree);
    const plain = nodes.length === 1 && nodes[0].localName === "mn";
    const math = m("math", m("mrow", ...nodes, ...(plain ? [] : [sign("="), m("mn", commas(value))])));
    math.setAttribute("display", "inline");
    return { math, value, rounded };
  };
  const words = [...$("#words").content.children];
  const box = (...content) => {
    const element = made("div", "", "line");
    element.append(...content);
    return element;
  };

  const explain = () => {
    const { i, quantity } = opened, row = rows[i], target = $("#derivation");
    const name = quantity === "output" ? "output" : header(quantity);
    const now = quantity === "output" ? shape(i) : write(figure(i, quantity));
    $("#what").textContent = `${row.name}: ${name} = ${now}`;
    const parts = [made("p", data.about[quantity] ?? "", "quiet")];
    const foreign = counting !== 0 && counted.includes(quantity);
    if (!fits) parts.push(made("p", "There is no such network at these sizes."));
    else if (foreign) parts.push(...byConvention(i, quantity));
    else if (i === total || inside.get(i)?.length) parts.push(...sum(i, quantity));
    else parts.push(...derived(i, quantity));
    const at = quantity === "output" ? -1 : place(i, quantity);
    const formula = data.formulas[at];
    if (formula) parts.push(made("h3", "in letters"), box(made("code", formula)));
    for (const [own, status, text, source, why] of row.claims ?? []) {
      if (own !== quantity || body.classList.contains("moved")) continue;
      const sign = { agrees: "✓ published", gap: "~ published otherwise", fails: "✗ published otherwise", closed: "published" }[status];
      parts.push(made("p", `${sign}: ${text}${source ? `, ${source}` : ""}${why ? `. ${why}` : ""}`));
    }
    if (row.source && !foreign) parts.push(made("p", `Formulas: ${row.source}.`, "quiet"));
    target.replaceChildren(...parts);
  };

  const derived = (i, quantity) => {
    const row = rows[i], step = data.steps[row.steps?.[quantity] ?? -1];
    if (!step) {
      const zero = figure(i, quantity) === 0n;
      return [made("p", zero ? "None: there is nothing of this kind here." : place(i, quantity) < 0 ? "Not defined here." : "")];
    }
    const [exact, loose, list, beside] = step;
    const copies = places[row.copies];
    let rounded = false;
    const found = [];
    let seen = "";
    for (const [tree, note] of list) {
      if (typeof tree === "string" && /[^\d]/.test(tree)) { found.push(made("p", filled(tree))); continue; }
      const own = equation(tree);
      rounded ||= own.rounded;
      const same = own.math.textContent === seen; // a side like the one before
      seen = own.math.textContent;
      if (same) { found.at(-1).lastChild.textContent = `  high and wide`; continue; }
      // what does not come to the figure is not its derivation at these sizes
      if (quantity !== "output" && own.value * copies !== figure(i, quantity)) continue;
      found.push(box(own.math, made("span", note ? `  ${note}` : "", "quiet")));
    }
    const parts = [];
    const formula = words[rounded ? loose : exact];
    if (formula?.hasChildNodes() && formula.textContent !== shape(i)) parts.push(made("h3", "formula"), box(...formula.cloneNode(true).childNodes));
    if (found.length) parts.push(made("h3", "with the numbers in it"), ...found);
    if (copies !== 1n && quantity !== "output") parts.push(made("p", `in each of ${commas(copies)} copies: ${write(figure(i, quantity))} in all`));
    if (beside) parts.push(made("p", filled(beside), "quiet"));
    return parts;
  };

  // a total, or a block, is the sum of what it holds
  const sum = (i, quantity) => {
    if (quantity === "output") return [made("p", "What its last layer gives.")];
    const list = (i === total ? tops : inside.get(i)).map((k) => [k, figure(k, quantity)]);
    const own = list.filter(([, n]) => n);
    const left = list.filter(([, n]) => n === null).map(([k]) => rows[k].name);
    const items = made("ul");
    items.append(...own.map(([k, n]) => made("li", `${rows[k].name}  ${commas(n)}`)));
    const parts = [made("h3", "the sum of"), items];
    if (left.length) parts.push(made("p", `Not defined for ${left.join(", ")}.`, "quiet"));
    return parts;
  };

  // what another way of counting says of it
  const byConvention = (i, quantity) => {
    const convention = data.conventions[counting], row = rows[i];
    const own = place(i, quantity), reference = row.figures[data.columns.indexOf(quantity)];
    const parts = [];
    for (const op of row.ops ?? []) {
      const rule = convention.rules[op]?.[quantity];
      parts.push(made("p", rule ? `${convention.name} counts ${op} as ${rule}.` : `${convention.name} has no rule for ${op}.`));
    }
    if (!row.ops) parts.push(...sum(i, quantity));
    if (reference >= 0) parts.push(made("p", own === reference ? "As by the reference rule." : `By the reference rule it is ${commas(places[reference])}.`, "quiet"));
    return parts;
  };

  const panel = $("#panel");
  let opener = null;
  const close = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    opened = null;
    opener?.focus();
  };
  for (const { i, quantity, button } of cells) {
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => {
      stop(button);
      opener = button;
      opened = { i, quantity };
      panel.hidden = false;
      explain();
      $("#what").focus({ preventScroll: true });
    });
  }
  $("#close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());

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
})();
