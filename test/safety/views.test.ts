/** `checkViews`: a view that shows something else by now throws, instead of giving numbers. */
import { describe, expect, test } from "vitest";
import * as index from "../../src/index.js";
import { openSync } from "../../src/open.js";
import { CALLS } from "./calls.js";
import { METHOD_CALLS, OBJECTS } from "./method-calls.js";
import { type Callee, outcomeOf } from "./probe.js";

const open = () => openSync({ checkViews: true, memoryLimitMiB: 64 });
type Core = ReturnType<typeof open>;
type Numbers = Float32Array | Float64Array | Uint32Array | Uint8Array;

/** Each makes a view in the scope that is open. */
const VIEWS: Readonly<Record<string, (core: Core) => Numbers>> = {
  "of a matrix": (core) => core.matrix(2, 2, [1, 2, 3, 4]).view(),
  "of a row": (core) => core.matrix(2, 2, [1, 2, 3, 4]).row(1),
  "of a double matrix": (core) => core.doubleMatrix(2, 2, [1, 2, 3, 4]).view(),
  "of a mask": (core) => core.mask(2, 2, [1, 0, 1, 1]).words(),
  "of f32": (core) => core.f32(core.allocate(16), 4),
  "of bytes": (core) => core.u8(core.allocate(16), 4),
};

const ACCESSES: Readonly<Record<string, (view: Numbers) => unknown>> = {
  reading: (view) => view[0],
  writing: (view) => {
    view[0] = 1;
  },
  length: (view) => view.length,
  "a method": (view) => view.fill(1),
  spreading: (view) => [...view],
  copying: (view) => new Float32Array(2).set(view.subarray(0, 1)),
};

const refusal = (message: string) => expect.objectContaining({ code: "ERR_DISPOSED", message });
const cases = Object.keys(VIEWS).flatMap((of) =>
  Object.keys(ACCESSES).map((access) => [of, access] as const),
);

describe.each(cases)("a view %s, by %s", (of, access) => {
  test("works while it is fresh, also in a scope inside", () => {
    using core = open();
    const view = VIEWS[of](core);
    ACCESSES[access](view);
    core.scoped(() => {
      core.allocate(16);
      ACCESSES[access](view);
    });
    ACCESSES[access](view);
  });

  test("throws when its scope has ended, whatever lies there now", () => {
    using core = open();
    const scope = core.scope();
    const view = VIEWS[of](core);
    scope.dispose();
    const message = '"view" expected a handle in use, got one whose scope has ended';
    expect(() => ACCESSES[access](view)).toThrow(refusal(message));
    core.matrix(8, 8);
    expect(() => ACCESSES[access](view)).toThrow(refusal(message));
  });

  test("throws when the memory has grown, and when the core is gone", () => {
    using core = open();
    const view = VIEWS[of](core);
    core.allocate(2 ** 22);
    const message = '"view" expected one taken after the memory grew, got an older one';
    expect(() => ACCESSES[access](view)).toThrow(refusal(message));
    core.dispose();
    const gone = '"view" expected a handle in use, got one whose core was disposed of';
    expect(() => ACCESSES[access](view)).toThrow(refusal(gone));
  });
});

test("a view belongs to the scope of what it shows, not to the one it is taken in", () => {
  using core = open();
  const matrix = core.matrix(1, 2, [1, 2]);
  const view = core.scoped(() => matrix.view());
  expect([...view]).toEqual([1, 2]);
  expect(new Float32Array(view)).toEqual(Float32Array.of(1, 2));
});

describe("everything gives the same as without", () => {
  test.each(Object.keys(CALLS).filter((key) => !key.startsWith("open")))("%s", async (key) => {
    const callee = (index as unknown as Record<string, Callee>)[key.split(" ")[0]];
    const make: Callee =
      key in { SubsetSums, TicketNetwork } ? (...args) => Reflect.construct(callee, args) : callee;
    const outcomes = [true, false].map((checkViews) => {
      const core = openSync({ checkViews });
      return outcomeOf(make, undefined, CALLS[key].args(core));
    });
    const [watched, plain] = await Promise.all(outcomes);
    expect(watched).toEqual(plain);
    expect(plain).toHaveProperty("result");
  });

  // A row is such a view itself.
  test.each(Object.keys(METHOD_CALLS).filter((key) => key !== "Matrix.row"))("%s", async (key) => {
    const [name, method] = key.split(" ")[0].split(".");
    const outcomes = [true, false].map((checkViews) => {
      const core = openSync({ checkViews });
      const object = OBJECTS[name](core) as Record<string, Callee>;
      return outcomeOf(object[method], object, METHOD_CALLS[key].args(core));
    });
    const [watched, plain] = await Promise.all(outcomes);
    expect(watched).toEqual(plain);
    expect(plain).toHaveProperty("result");
  });
});
const { SubsetSums, TicketNetwork } = index;
