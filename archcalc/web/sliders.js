// the sliders, and their position in the address

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
