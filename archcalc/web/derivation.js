// where a figure comes from: its derivation in a panel

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
  const maths = pieces(plain ? nodes : [...nodes, sign("="), m("mn", commas(value))]);
  return { maths, text: maths.map((math) => math.textContent).join(""), value, rounded };
};
// a formula as one element; a long sum as one for each term, for a browser breaks lines between them only
const pieces = (nodes) => {
  const found = [[]];
  let depth = 0;
  for (const node of nodes) {
    const text = node.textContent;
    depth += (text === "(") - (text === ")");
    if (nodes.length > LONG && !depth && ["+", "−", "="].includes(text)) {
      node.setAttribute("form", "infix");
      found.push([]);
    }
    found.at(-1).push(node);
  }
  return found.map((list) => m("math", m("mrow", ...list)));
};
const LONG = 24; // signs and numbers
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
  if (data.texts[row.source] && !foreign) parts.push(made("p", `Formulas: ${data.texts[row.source]}.`, "quiet"));
  target.replaceChildren(...parts);
};

const derived = (i, quantity) => {
  const row = rows[i], step = data.steps[row.steps?.[["output", ...data.columns].indexOf(quantity)]];
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
    const same = own.text === seen; // a side like the one before
    seen = own.text;
    if (same) { found.at(-1).lastChild.textContent = `  high and wide`; continue; }
    // what does not come to the figure is not its derivation at these sizes
    if (quantity !== "output" && own.value * copies !== figure(i, quantity)) continue;
    found.push(box(...own.maths, made("span", note ? `  ${note}` : "", "quiet")));
  }
  const parts = [];
  const formula = words[rounded ? loose : exact];
  if (formula?.hasChildNodes()) {
    parts.push(made("h3", "formula"), box(...formula.cloneNode(true).childNodes));
    const symbols = new Set(all("mi", formula).map((mi) => mi.textContent).concat(formula.textContent.match(/\b[A-Z]\b/g) ?? []));
    const said = Object.entries(data.symbols).filter(([letter]) => symbols.has(letter));
    if (said.length) parts.push(made("p", said.map(([letter, what]) => `${letter} is ${what}`).join(", "), "quiet"));
  }
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
  if (place(total, quantity) < 0) return [made("p", `${convention.name} gives no ${header(quantity)}.`)];
  const parts = [], used = new Set();
  for (const op of row.ops ?? []) {
    const rule = convention.rules[op]?.[quantity];
    for (const word of rule?.match(/[A-Za-z]\w*/g) ?? []) used.add(word);
    const told = made("p", rule ? `${convention.name} counts ${op} as ` : `${convention.name} counts nothing for ${op}.`);
    if (rule) told.append(made("code", rule));
    parts.push(told);
  }
  for (const word of used) if (Object.hasOwn(data.variables, word)) parts.push(made("p", `${word}: ${data.variables[word]}`, "quiet"));
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
    const own = button.getBoundingClientRect(), cover = panel.getBoundingClientRect();
    if (own.right > cover.left && own.bottom > cover.top) scrollBy(0, own.bottom - cover.top + own.height);
    $("#what").focus({ preventScroll: true });
  });
}
$("#close").addEventListener("click", close);
document.addEventListener("keydown", (event) => event.key === "Escape" && close());
