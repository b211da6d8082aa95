// whole numbers of any length, and how they are written

// the quotient of two BigInts is cut towards 0
const floor = (a, b) => {
  if (b === 0n) b = 1n; // there is no such network, and a condition says so
  return a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
};
const gcd = (a, b) => {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};
const commas = (n) => String(n).replace("-", "−").replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const brief = (n) => {
  if (n < 1000n) return String(n);
  const [sign, size] = [["T", 12n], ["G", 9n], ["M", 6n], ["k", 3n]].find(([, zeros]) => 2000n * n >= 1999n * 10n ** zeros);
  return `${Number((Number(n) / 10 ** Number(size)).toPrecision(3))}${sign}`;
};
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
