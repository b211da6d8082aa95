// networks side by side: sorted, what differs alone, the same one lit

const tbody = $("#networks tbody");
const rows = [...tbody.rows];
const order = { column: 0, down: false };
const value = (tr, column) => BigInt(tr.cells[column].dataset.value ?? 0);

all("#networks [data-sort]").forEach((button, column) =>
  button.addEventListener("click", () => {
    if (order.column !== column) Object.assign(order, { column, down: true });
    else if (order.down) order.down = false;
    else order.column = 0;
    for (const head of all("#networks th[aria-sort]")) head.setAttribute("aria-sort", "none");
    if (order.column) button.parentElement.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    const sorted = [...rows];
    if (order.column)
      sorted.sort((a, b) => {
        const x = value(a, column), y = value(b, column);
        return x === y ? 0 : (x < y) === order.down ? 1 : -1;
      });
    tbody.append(...sorted);
  }));

for (const box of all(".only"))
  box.addEventListener("change", () => {
    for (const tr of all("tr.sign-alike", box.closest("details"))) tr.hidden = box.checked;
  });

const light = (net, on) => {
  for (const element of all(`[data-net="${net}"]`)) element.classList.toggle("on", on);
};
for (const element of all("[data-net]")) {
  element.addEventListener("mouseenter", () => light(element.dataset.net, true));
  element.addEventListener("mouseleave", () => light(element.dataset.net, false));
}
