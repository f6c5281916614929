/** From a file to a network, whatever this package or PyTorch wrote. */
import { checkInstance, checkOptions } from "../check.js";
import { describe, kindOf } from "../describe.js";
import { ArgumentTypeError, FormatError } from "../errors.js";
import { diskReader, folderOf } from "../io/disk.js";
import { type ReadModelOptions, readModel } from "../io/model.js";
import { readSafetensors, writeInOrder } from "../io/safetensors.js";
import { readShards, shardNames } from "../io/shards.js";
import { isTicketModel } from "../io/ticket-model.js";
import { type Network, network } from "../net/network.js";
import { Core } from "../tensor/core.js";
import { decodeTicket, isTicketFile, networkOf } from "./ticket-file.js";

/**
 * The network that a file holds, with its masks: a stack of layers as `readModel` takes it, or what `find` writes,
 * convolutions and all.
 *
 * @param core  whose memory it takes
 * @param source  the bytes of a .safetensors file; in Node also its path, or that of a .safetensors.index.json with its
 *   files beside it
 * @param options  the order of the layers, where names and file do not tell it
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit, or there are no files in this host
 * @throws {FormatError} when the file cannot be read or is another; it names the tensor, what was expected and what was
 *   found
 * @throws {NonFiniteError} at the first weight or bias that is NaN or infinite
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export async function readNetwork(
  core: Core,
  source: Uint8Array | string,
  options?: ReadModelOptions,
): Promise<Network> {
  checkInstance("core", core, Core);
  const { order } = checkOptions("options", options, ["order"]);
  if (typeof source !== "string") return networkIn(core, bytesIn(source), order);
  const bytes = bytesAt(source);
  try {
    return networkIn(core, bytes, order);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${source}: ${error.message}`, { cause: error });
  }
}

function networkIn(core: Core, bytes: Uint8Array, order: readonly string[] | undefined): Network {
  const { tensors, metadata } = readSafetensors(bytes);
  if (order === undefined && isTicketFile(metadata)) return networkOf(core, decodeTicket(bytes).ticket);
  if (isTicketModel(tensors)) {
    const advice = "new TicketNetwork(core, readTicketModel(tensors)) runs them";
    throw new FormatError(
      `network expected dense layers, found the sparse ones of a strong ticket: ${advice}`,
    );
  }
  const { layers } = readModel(tensors, order && { order });
  const net = network(core, [layers[0].columns, ...layers.map(({ rows }) => rows)]);
  net.load(layers.flatMap(({ weights, bias }) => [weights, bias]));
  for (const [l, { rows, columns, mask }] of layers.entries()) {
    if (mask) net.layers[l].setMask(core.mask(rows, columns, mask));
  }
  return net;
}

function bytesIn(source: unknown): Uint8Array {
  if (kindOf(source) === "Uint8Array") return source as Uint8Array;
  throw new ArgumentTypeError(`"source" expected a Uint8Array or a path, got ${describe(source)}`);
}

function bytesAt(path: string): Uint8Array {
  const read = diskReader();
  const bytes = read(path);
  if (!path.endsWith(".index.json")) return bytes;
  const folder = folderOf(path);
  const shards = new Map(shardNames(bytes).map((name) => [name, read(folder + name)]));
  const { tensors, metadata } = readShards(bytes, shards);
  return writeInOrder(tensors, metadata);
}
