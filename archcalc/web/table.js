// the table of layers: its figures as buttons, sorted, folded, and gone through by arrow keys

const lines = all("[data-row]", $("#layers"));
const line = new Map(lines.map((tr) => [Number(tr.dataset.row), tr]));
const shown = all("[data-sort]", $("#layers")).slice(1, -1).map((button) => button.dataset.sort);
const cells = [];
for (const [i, tr] of line) {
  tr.cells[0].firstElementChild.after(made("span", "", "times"));
  shown.forEach((quantity, k) => {
    const cell = tr.cells[k + 1], button = made("button", cell.textContent);
    button.dataset.figure = quantity;
    cell.replaceChildren(button);
    cells.push({ i, quantity, button, cell });
  });
}

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
