/** Models from disk, as networks. */
import {
  ArgumentRangeError,
  type Core,
  type DecodedTicket,
  decodeTicket,
  FormatError,
  isTicketFile,
  type Network,
  NonFiniteError,
  network,
  OutOfMemoryError,
} from "../index.js";
import {
  isTicketModel,
  type Model,
  readModel,
  readSafetensors,
  readTicketModel,
  type TicketModelLayer,
} from "../io/index.js";
import { refusal, UsageError } from "./options.js";
import { bytesOfModel, MODEL_SUFFIX } from "./shard-files.js";
import { printable } from "./shell.js";

/** A strong ticket: sparse layers, inputs first. */
export interface Ticket {
  readonly layers: readonly TicketModelLayer[];
}

/**
 * Reads a dense model.
 *
 * @param path  of a .safetensors file
 * @param order  of its layers, where it was given
 * @param bytes  of the file, where they were read
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file, it
 *   holds a strong ticket, or layers of other names
 */
export function loadModel(path: string, order?: readonly string[], bytes = bytesOfModel(path)): Model {
  const model = loadAny(path, order, bytes);
  if (!isTicket(model)) return model;
  throw refusal("MODEL", "a dense model", `the sparse layers of a strong ticket in ${path}`);
}

/**
 * Reads a dense model or a strong ticket.
 *
 * @param path  of a .safetensors file
 * @param order  of its layers, where it was given
 * @param bytes  of the file, where they were read
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file, or it
 *   has layers of other names
 */
export function loadAny(path: string, order?: readonly string[], bytes = bytesOfModel(path)): Model | Ticket {
  return readNamed(path, () => {
    const { tensors } = readSafetensors(bytes);
    if (!isTicketModel(tensors)) return readModel(tensors, order && { order });
    if (order) throw refusal("--order", "none for the sparse layers of a strong ticket", order.join(","));
    return { layers: readTicketModel(tensors) };
  });
}

/** The names of the layers, inputs first. */
export const orderOf = ({ layers }: Model | Ticket): string[] => layers.map(({ name }) => name);

/** In which order layers are run, for people. */
export const orderLine = (names: readonly string[]): string =>
  `Layers in the order ${names.map(printable).join(", ")}.\n`;

/**
 * Reads what `find` writes: a ticket or a trained network.
 *
 * @param path  of a .safetensors file
 * @returns undefined for another file
 * @throws {FormatError} that names file and tensor, and a UsageError when there is no such file
 */
export function loadFound(path: string): DecodedTicket | undefined {
  const bytes = bytesOfModel(path);
  return readNamed(path, () =>
    isTicketFile(readSafetensors(bytes).metadata) ? decodeTicket(bytes) : undefined,
  );
}

/** The library counts layers; errors tell the names that they have in the file. */
export async function namingLayers<T>({ layers }: Model, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OutOfMemoryError)) throw error;
    const message = error.message.replace(
      /^layer (\d+)/,
      (_, l) => `layer ${JSON.stringify(layers[l].name)}`,
    );
    throw new OutOfMemoryError(message, error, { cause: error });
  }
}

/**
 * The label of each class, where a search numbered labels of one's own: `find` writes them, and `prune` keeps them.
 *
 * @param bytes  of a .safetensors file
 * @param classes  of the model
 * @returns undefined where labels count from 0
 */
export function labelsIn(bytes: Uint8Array, classes: number): readonly number[] | undefined {
  const { labels = "" } = readSafetensors(bytes).metadata;
  const own = /^-?\d+(,-?\d+)*$/.test(labels) ? labels.split(",").map(Number) : [];
  return own.length === classes ? own : undefined;
}

/** Errors name the file. */
function readNamed<T>(path: string, read: () => T): T {
  if (!MODEL_SUFFIX.test(path)) throw refusal("MODEL", "a .safetensors file", path);
  try {
    return read();
  } catch (error) {
    const message = `${path}: ${(error as Error).message}`;
    if (error instanceof FormatError) throw new FormatError(message, { cause: error });
    if (error instanceof NonFiniteError) throw new NonFiniteError(message, error);
    // Of the names of layers.
    if (error instanceof ArgumentRangeError)
      throw new UsageError(error.message.replace('"order"', '"--order"'), { cause: error });
    throw error;
  }
}

/** Whether it is a strong ticket. */
export const isTicket = (model: Model | Ticket): model is Ticket => "rowStarts" in model.layers[0];

/**
 * A model as a network, masks and all.
 *
 * @param core  whose memory it takes
 * @param model  its layers
 * @param zerosArePruned  whether layers without a mask run as if their zeros were masked
 */
export function networkOf(core: Core, { layers }: Model, zerosArePruned = false): Network {
  const net = network(core, [layers[0].columns, ...layers.map(({ rows }) => rows)]);
  net.load(layers.flatMap(({ weights, bias }) => [weights, bias]));
  for (const [l, { rows, columns, weights, mask: own }] of layers.entries()) {
    const mask = own ?? (zerosArePruned && weights.includes(0) ? bitsOf(weights) : undefined);
    if (mask) net.layers[l].setMask(core.mask(rows, columns, mask));
  }
  return net;
}

const bitsOf = (weights: Float32Array) => Uint8Array.from(weights, (weight) => Number(weight !== 0));

/**
 * All that a model is, for a digest.
 *
 * @param model  its layers
 */
export function modelParts({ layers }: Model): (string | ArrayBufferView)[] {
  return layers.flatMap(({ name, rows, columns, weights, bias, mask }) => [
    ...[`${name} ${rows} ${columns} ${mask ? "masked" : ""}`, weights, bias],
    ...(mask ? [mask] : []),
  ]);
}
