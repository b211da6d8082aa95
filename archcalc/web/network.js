// the network at some values of its letters: the figures of its rows, and how they are written

const data = JSON.parse($("#data").textContent);

// -- its program

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

// -- its sizes

const letters = data.letters.map(([name, parts, value, low, high, step]) => ({ name, parts, value: BigInt(value), low, high, step }));
const given = letters.map((own) => own.value);
let values = [...given];
let places = run(values);
const first = places;
let fits = true;
let counting = data.conventions.findIndex((own) => own.name === data.convention);
let shared = "macs";
let opened = null; // the row and the figure whose derivation is shown

// -- its rows

const known = Object.entries(data.rows); // of all rows, by what it is
const rows = data.rows.name.map((_, i) => Object.fromEntries(known.map(([key, list]) => [key, list[i] ?? undefined])));
const total = rows.length - 1;
const tops = rows.flatMap((row, i) => (i < total && row.parent === undefined ? [i] : []));
const inside = new Map(tops.map((i) => [i, []]));
rows.forEach((row, i) => row.parent === undefined || inside.get(row.parent).push(i));
const counted = ["params", "macs", "flops"];

// where a figure stands in the program, as the convention that is chosen counts it; -1 where it is none
const place = (i, quantity) => {
  const other = data.conventions[counting][quantity]; // of every row, one for all of them, or none of its own
  return other?.[i] ?? other ?? rows[i].figures[data.columns.indexOf(quantity)];
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

// a text whose marked places hold what they come to
const filled = (text) => text.replace(/\ue000(s?)(\d+)\ue001/g, (_, s, at) => (s ? (places[at] === 1n ? "" : "s") : commas(places[at])));
