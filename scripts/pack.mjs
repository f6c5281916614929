/**
 * Writes binaries as text that stays small when a server compresses it; src/runtime/unpack.ts reads it. Base64 cuts
 * across bytes, so that gzip finds no repetition in it: half as large again as here.
 */

/** Printable ASCII without what a string literal, a template or a page would have to escape. */
const LETTERS = [...Array(95).keys()]
  .map((i) => String.fromCharCode(32 + i))
  .filter((c) => !/["'`\\$<]/.test(c));
/** The last letters say that one more follows. */
const SHIFTS = 3;
const SINGLES = LETTERS.length - SHIFTS;

/** Bytes → the letters, the commonest bytes in hexadecimal, then a letter for each of those and two for any other. */
export function pack(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const common = order.slice(0, SINGLES);
  const rare = order.slice(SINGLES).sort((a, b) => a - b);
  const codes = new Map(common.map((byte, i) => [byte, LETTERS[i]]));
  rare.forEach((byte, i) => {
    codes.set(byte, LETTERS[SINGLES + Math.floor(i / LETTERS.length)] + LETTERS[i % LETTERS.length]);
  });
  return (
    LETTERS.join("") + Buffer.from(common).toString("hex") + Array.from(bytes, (b) => codes.get(b)).join("")
  );
}

/** Matches worth a step of a patch: where reading goes on anyway, or anywhere. */
const NEAR = { reach: 12, bytes: 4 };
const FAR_BYTES = 10;

/**
 * What makes `to` out of `from`: how many bytes, then steps of (new bytes, how far to move in `from`, how many bytes to
 * copy); numbers in LEB128, moves with their sign in the lowest bit.
 */
export function patchOf(from, to) {
  const places = placesOf(from);
  const out = leb(to.length);
  let fresh = [];
  let read = 0;
  const step = (place, length) => {
    const move = place - read;
    out.push(...leb(fresh.length), ...fresh, ...leb(move < 0 ? -2 * move - 1 : 2 * move), ...leb(length));
    fresh = [];
    read = place + length;
  };
  for (let at = 0; at < to.length; ) {
    const { place, length } = longest(from, to, at, read, places);
    if (length >= (Math.abs(place - read) <= NEAR.reach ? NEAR.bytes : FAR_BYTES)) {
      step(place, length);
      at += length;
    } else {
      fresh.push(to[at++]);
      read++;
    }
  }
  step(read, 0);
  return Uint8Array.from(out);
}

const gram = (bytes, at) => Buffer.from(bytes.subarray(at, at + FAR_BYTES)).toString("latin1");

/** Every run of `FAR_BYTES` bytes → where it stands. */
function placesOf(bytes) {
  const places = new Map();
  for (let at = 0; at + FAR_BYTES <= bytes.length; at++) {
    const key = gram(bytes, at);
    if (places.has(key)) places.get(key).push(at);
    else places.set(key, [at]);
  }
  return places;
}

function longest(from, to, at, read, places) {
  let best = { place: read, length: 0 };
  const consider = (place, advantage) => {
    let length = 0;
    while (
      at + length < to.length &&
      place + length < from.length &&
      from[place + length] === to[at + length]
    )
      length++;
    if (length > best.length + advantage) best = { place, length };
  };
  for (let move = -NEAR.reach; move <= NEAR.reach; move++) if (read + move >= 0) consider(read + move, 0);
  if (best.length < 3 * FAR_BYTES) for (const place of places.get(gram(to, at)) ?? []) consider(place, 3);
  return best;
}

function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
