/** What a network is made of, from a JSON file. */
import { describe } from "../describe.js";
import {
  batchNorm,
  conv,
  dense,
  type ImageShape,
  type LayerDescription,
  type NetworkDescription,
  pool,
} from "../index.js";
import { UsageError } from "./options.js";
import { bytesOfFile } from "./tensor-file.js";

/** For the help of a command. */
export const NETWORK_NOTE =
  'A network in JSON: {"input": [1, 28, 28], "layers": [{"kind": "conv", "outputs": 16, "kernel": 3, "stride": 1, ' +
  '"padding": "same"}, {"kind": "batch-norm"}, {"kind": "pool", "of": "max", "size": 2}, {"kind": "dense", ' +
  '"outputs": 10}]}. input is channels, rows and columns; the last layer gives the classes; what is left out has the ' +
  "values shown here.";

/** Layers by kind, with the defaults of the library. */
const KINDS: Record<LayerDescription["kind"], (layer: Record<string, never>) => LayerDescription> = {
  conv: ({ kind: _, outputs, ...options }) => conv(outputs, options),
  "batch-norm": ({ kind: _, ...options }) => batchNorm(options),
  pool: ({ kind: _, of = "max" as never, size, stride, ...rest }) => {
    refuseOthers(rest);
    return pool(of, size, stride);
  },
  dense: ({ kind: _, outputs, ...rest }) => {
    refuseOthers(rest);
    return dense(outputs);
  },
};

/**
 * Reads a description. What is none is refused with a UsageError that names file and layer.
 *
 * @param option  that names the file, for messages
 * @param path  of the file
 */
export function readDescription(option: string, path: string): NetworkDescription {
  const text = new TextDecoder().decode(bytesOfFile(option, path));
  const within = <T>(where: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw new UsageError(`${path}: ${where}${(error as Error).message}`, { cause: error });
    }
  };
  const parsed = within("", () => JSON.parse(text));
  const { input, layers, ...rest }: Record<string, unknown> = within("", () => objectOf(parsed));
  within("", () => refuseOthers(rest));
  const shape = (Array.isArray(input) && input.length === 1
    ? [...input, 1, 1]
    : input) as unknown as ImageShape;
  if (
    !Array.isArray(shape) ||
    shape.length !== 3 ||
    !shape.every((size) => Number.isInteger(size) && size > 0)
  ) {
    throw new UsageError(`${path}: "input" expected [channels, rows, columns], got ${describe(input)}`);
  }
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new UsageError(`${path}: "layers" expected a list of layers, got ${describe(layers)}`);
  }
  const described = layers.map((layer: unknown, l) =>
    within(`layer ${l + 1}: `, () => {
      const given = objectOf(layer);
      const kind = given.kind as keyof typeof KINDS;
      if (Object.hasOwn(KINDS, kind)) return KINDS[kind](given);
      throw new UsageError(`"kind" expected ${Object.keys(KINDS).join(" or ")}, got ${describe(kind)}`);
    }),
  );
  return { input: shape, layers: described };
}

function objectOf(value: unknown): Record<string, never> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, never>;
  throw new UsageError(`expected an object, got ${describe(value)}`);
}

function refuseOthers(rest: object): void {
  const [other] = Object.keys(rest);
  if (other !== undefined) throw new UsageError(`unknown key "${other}"`);
}
