// the pictures: linked with the table both ways, their texts as the sliders are

const boxes = all("#picture [data-row], #maps [data-row]");
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
  if (box.closest("#picture")) {
    box.setAttribute("tabindex", "0"); // the other picture would stop the tab key once more
    box.setAttribute("role", "button");
    box.setAttribute("aria-label", `${list.map((i) => rows[i].name).join(", ")}: to the table`);
  }
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
const pictured = all("[data-sides], [data-counts], [data-text]").map((element) => {
  const original = element.textContent;
  const { sides, counts, text } = element.dataset;
  const written = () => {
    if (!body.classList.contains("moved")) return original;
    if (text !== undefined) return fits || element.closest("svg") ? filled(data.texts[text]) : original;
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
