/** Values that no caller should pass, and some that are unusual but right. */
import { kindOf } from "../../src/describe.js";
import type { Core } from "../../src/tensor/core.js";

/** What a getter of ours throws: the caller's own error, which may pass through any call as it is. */
export const OWN_ERROR = new Error("thrown by a getter of the caller");

export interface Hostile {
  readonly name: string;
  /** Whether it is as good as the value it stands for: a call that takes it gives the same result. */
  readonly isSame?: boolean;
  /** Whether it is the same numbers in other memory, which has to be taken. */
  readonly isView?: boolean;
  /** It may be meant, and be a lot of work: a huge number, a list without end, all defaults. */
  readonly isHuge?: boolean;
  /**
   * @param usual  the value it takes the place of
   * @param twin  the same in another core
   * @param other  that core
   * @returns undefined when it has nothing to offer here
   */
  of(usual: unknown, twin: unknown, other: Core): { value: unknown } | undefined;
}

type Numbers = Float32Array | Float64Array | Uint8Array | Uint16Array | Uint32Array;
type Source = ArrayBufferLike | ArrayLike<number>;
/** Any of their classes; typed as one of them, because it takes its place. */
type Maker = new (source: Source, start?: number, length?: number) => Float64Array;

const plain = (name: string, value: unknown, more: Partial<Hostile> = {}): Hostile => ({
  name,
  of: () => ({ value }),
  ...more,
});

/** Made anew from a typed array of numbers, by its class. */
const view = (name: string, make: (usual: Numbers, Kind: Maker) => unknown, isSame = false): Hostile => ({
  ...{ name, isSame, isView: isSame },
  of(usual) {
    const kind = kindOf(usual);
    if (kind === undefined || kind.startsWith("Big") || kind === "DataView") return undefined;
    return { value: make(usual as Numbers, (usual as Numbers).constructor as unknown as Maker) };
  },
});

const object = (name: string, make: (usual: object) => unknown, isHuge = false): Hostile => ({
  name,
  isHuge,
  of: (usual) => (typeof usual === "object" && usual !== null ? { value: make(usual) } : undefined),
});

function detached(usual: Numbers, Kind: Maker): Numbers {
  const copy = new Kind(usual);
  structuredClone(copy.buffer, { transfer: [copy.buffer as ArrayBuffer] });
  return copy;
}

function shared(usual: Numbers, Kind: Maker): Numbers {
  const copy = new Kind(new SharedArrayBuffer(usual.byteLength));
  copy.set(usual);
  return copy;
}

type Resizable = ArrayBuffer & { resize(length: number): void };
const resizable = (length: number) =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => Resizable)(length, {
    maxByteLength: length + 64,
  });

/** Follows the length of its buffer. */
function tracking(usual: Numbers, Kind: Maker): Numbers {
  const copy = new Kind(resizable(usual.byteLength));
  copy.set(usual);
  return copy;
}

/** Of a buffer that has become too short for it: out of bounds. */
function shrunk(usual: Numbers, Kind: Maker): Numbers {
  const buffer = resizable(usual.byteLength + 8);
  const copy = new Kind(buffer, 0, usual.length);
  buffer.resize(0);
  return copy;
}

function subclass(usual: Numbers, Kind: Maker): Numbers {
  class Own extends Kind {}
  return new Own(usual);
}

/** As Node reads files: a Uint8Array whose `slice` is a view. */
function buffered(usual: Numbers): Numbers {
  const bytes = Buffer.alloc(usual.byteLength);
  bytes.set(usual);
  return bytes;
}

/** In the middle of a pool that other Buffers share. */
function pooled(usual: Numbers): Numbers {
  const bytes = Buffer.alloc(usual.byteLength + 24, 0xa5).subarray(5, 5 + usual.byteLength);
  bytes.set(usual);
  return bytes;
}

const ofBytes = (name: string, make: (usual: Numbers) => Numbers): Hostile => ({
  ...{ name, isSame: true, isView: true },
  of: (usual) => (kindOf(usual) === "Uint8Array" ? { value: make(usual as Numbers) } : undefined),
});

const throwing = (): never => {
  throw OWN_ERROR;
};

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** Whatever belongs to a core. */
const handle = (name: string, change: (other: Core) => void): Hostile => ({
  name,
  isSame: true,
  of(usual, twin, other) {
    if (usual === twin || !(twin === other || (twin as { core?: Core } | null)?.core === other))
      return undefined;
    change(other);
    return { value: twin };
  },
});

export const HOSTILE: readonly Hostile[] = [
  plain("undefined", undefined),
  plain("null", null),
  ...[Number.NaN, Infinity, -Infinity, -1, 0, -0, 0.5, 1, 3].map((value) =>
    plain(Object.is(value, -0) ? "-0" : String(value), value),
  ),
  ...[5000, 2 ** 31, 2 ** 32, 2 ** 53, 1e300].map((value) => plain(String(value), value, { isHuge: true })),
  ...["", "x", "3", "__proto__"].map((value) => plain(JSON.stringify(value), value)),
  plain("true", true),
  plain("a symbol", Symbol("s")),
  plain("3n", 3n),
  // Whoever gives a function where one is asked for answers for what it does.
  {
    name: "a function",
    of: (usual) => (typeof usual === "function" ? undefined : { value: () => 1 }),
  },
  plain("{}", {}, { isHuge: true }),
  ...[[], [Number.NaN], [null], [{}], [-1, 0.5]].map((value) => plain(JSON.stringify(value), value)),
  plain("an array of 2³² − 1 holes", Object.assign([], { length: 2 ** 32 - 1 }), { isHuge: true }),
  plain("an object with a huge length", { length: 2 ** 40 }),
  plain("a date", new Date(0)),
  plain("a map", new Map()),
  plain(
    "a map of rubbish",
    new Map<unknown, unknown>([
      ["a", null],
      [3, {}],
    ]),
  ),
  plain("a promise", Promise.resolve(1)),
  plain("an ArrayBuffer", new ArrayBuffer(8)),
  plain("a DataView", new DataView(new ArrayBuffer(8))),
  plain("an empty Float32Array", new Float32Array(0)),
  plain("a Float32Array of 3", Float32Array.of(1, 2, 3)),
  plain("a Float64Array of 3", Float64Array.of(1, Number.NaN, 3)),
  plain("a Uint8Array of 3", Uint8Array.of(255, 0, 1)),
  plain("a Uint32Array of 3", Uint32Array.of(2 ** 32 - 1, 0, 7)),
  plain("a BigInt64Array", BigInt64Array.of(1n, 2n)),
  plain("an object that cannot be converted", { valueOf: throwing, toString: throwing }),
  { name: "a revoked proxy", of: () => ({ value: revoked() }) },
  view("detached", detached),
  view("shrunk", shrunk),
  view("shared", shared, true),
  view("resizable", tracking, true),
  view("subclassed", subclass, true),
  view("one shorter", (usual, Kind) => new Kind(usual.subarray(1))),
  view("one longer", (usual, Kind) => new Kind([...usual, 1])),
  view("all NaN", (usual, Kind) => new Kind(usual).fill(Number.NaN)),
  view("the largest numbers", (usual, Kind) => new Kind(usual).fill(3.4e38)),
  ofBytes("a Buffer", buffered),
  ofBytes("a Buffer of a pool", pooled),
  { ...view("an array instead", (usual) => [...usual], true), isView: false },
  view("an iterator instead", (usual) => usual.values()),
  handle("of another core", () => {}),
  handle("of a core that was disposed of", (other) => other.dispose()),
  object("a proxy", (usual) => new Proxy(usual, {})),
  object(
    "a proxy that throws",
    (usual) => new Proxy(usual, { get: throwing, has: throwing, ownKeys: throwing }),
  ),
  object("a getter that throws", (usual) =>
    Object.defineProperty(Object.create(usual), Object.keys(usual)[0] ?? "length", {
      get: throwing,
      enumerable: true,
    }),
  ),
  object("an unknown key", (usual) => ({ ...usual, nonsense: 1 })),
  object("an empty copy of its class", (usual) => Object.create(Object.getPrototypeOf(usual)), true),
];
