/** Models from disk, as networks. */
import {
  type Core,
  type DecodedTicket,
  decodeTicket,
  FormatError,
  isTicketFile,
  type Network,
  NonFiniteError,
  network,
} from "../index.js";
import {
  isTicketModel,
  type Model,
  readModel,
  readSafetensors,
  readTicketModel,
  type TicketModelLayer,
} from "../io/index.js";
import { refusal } from "./options.js";
import { bytesOfFile } from "./tensor-file.js";

/** A strong ticket: sparse layers, inputs first. */
export interface Ticket {
  readonly layers: readonly TicketModelLayer[];
}

/**
 * Reads a dense model.
 *
 * @param path  of a .safetensors file
 * @param bytes  of the file, where they were read
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file, or it
 *   holds a strong ticket
 */
export function loadModel(path: string, bytes = bytesOfFile("MODEL", path)): Model {
  const model = loadAny(path, bytes);
  if (!isTicket(model)) return model;
  throw refusal("MODEL", "a dense model", `the sparse layers of a strong ticket in ${path}`);
}

/**
 * Reads a dense model or a strong ticket.
 *
 * @param path  of a .safetensors file
 * @param bytes  of the file, where they were read
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file
 */
export function loadAny(path: string, bytes = bytesOfFile("MODEL", path)): Model | Ticket {
  return readNamed(path, () => {
    const { tensors } = readSafetensors(bytes);
    return isTicketModel(tensors) ? { layers: readTicketModel(tensors) } : readModel(tensors);
  });
}

/**
 * Reads what `find` writes: a ticket or a trained network.
 *
 * @param path  of a .safetensors file
 * @returns undefined for another file
 * @throws {FormatError} that names file and tensor, and a UsageError when there is no such file
 */
export function loadFound(path: string): DecodedTicket | undefined {
  const bytes = bytesOfFile("MODEL", path);
  return readNamed(path, () =>
    isTicketFile(readSafetensors(bytes).metadata) ? decodeTicket(bytes) : undefined,
  );
}

/** Errors name the file. */
function readNamed<T>(path: string, read: () => T): T {
  if (!path.endsWith(".safetensors")) throw refusal("MODEL", "a .safetensors file", path);
  try {
    return read();
  } catch (error) {
    const message = `${path}: ${(error as Error).message}`;
    if (error instanceof FormatError) throw new FormatError(message, { cause: error });
    if (error instanceof NonFiniteError) throw new NonFiniteError(message, error);
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
