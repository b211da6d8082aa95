// connections in LeNet-5: links into units, biases included.
// Valid when H >= 32 and W >= 32.
function connections({ H = 32, W = 32, ...others } = {}) {
  const whole = (n) => {
    if (typeof n !== "bigint" && !Number.isSafeInteger(n)) throw new RangeError(`no whole number: ${n}`);
    return BigInt(n);
  };
  const floor = (a, b) => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
  for (const other in others) throw new RangeError(`no size here: ${other}`);
  H = whole(H);
  W = whole(W);
  return (
    156n * (H - 4n) * (W - 4n)
    + 30n * (floor(H, 2n) - 2n) * (floor(W, 2n) - 2n)
    + 1516n * (floor(H, 2n) - 6n) * (floor(W, 2n) - 6n)
    + 80n * (floor(H, 4n) - 3n) * (floor(W, 4n) - 3n)
    + 58200n * (floor(H, 4n) - 7n) * (floor(W, 4n) - 7n)
    + 924n
  );
}
