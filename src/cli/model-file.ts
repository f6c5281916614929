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
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file, or it
 *   holds a strong ticket
 */
export function loadModel(path: string): Model {
  const model = loadAny(path);
  if (!isTicket(model)) return model;
  throw refusal("MODEL", "a dense model", `the sparse layers of a strong ticket in ${path}`);
}

/**
 * Reads a dense model or a strong ticket.
 *
 * @param path  of a .safetensors file
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file
 */
export function loadAny(path: string): Model | Ticket {
  return readNamed(path, (bytes) => {
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
  return readNamed(path, (bytes) =>
    isTicketFile(readSafetensors(bytes).metadata) ? decodeTicket(bytes) : undefined,
  );
}

/** Errors name the file. */
function readNamed<T>(path: string, read: (bytes: Uint8Array) => T): T {
  const bytes = bytesOfFile("MODEL", path);
  if (!path.endsWith(".safetensors")) throw refusal("MODEL", "a .safetensors file", path);
  try {
    return read(bytes);
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
 */
export function networkOf(core: Core, { layers }: Model): Network {
  const net = network(core, [layers[0].columns, ...layers.map(({ rows }) => rows)]);
  net.load(layers.flatMap(({ weights, bias }) => [weights, bias]));
  for (const [l, { rows, columns, mask }] of layers.entries()) {
    if (mask) net.layers[l].setMask(core.mask(rows, columns, mask));
  }
  return net;
}

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
