/** Models from disk, as networks. */
import { type Core, FormatError, type Network, NonFiniteError, network } from "../index.js";
import { type Model, readModel, readSafetensors } from "../io/index.js";
import { UsageError } from "./options.js";
import { bytesOfFile } from "./tensor-file.js";

/**
 * Reads a model.
 *
 * @param path  of a .safetensors file
 * @throws {FormatError | NonFiniteError} that names file and tensor, and a UsageError when there is no such file
 */
export function loadModel(path: string): Model {
  const bytes = bytesOfFile("MODEL", path);
  if (!path.endsWith(".safetensors")) {
    throw new UsageError(`"MODEL" expected a .safetensors file, got ${path}`);
  }
  try {
    return readModel(readSafetensors(bytes).tensors);
  } catch (error) {
    const message = `${path}: ${(error as Error).message}`;
    if (error instanceof FormatError) throw new FormatError(message, { cause: error });
    if (error instanceof NonFiniteError) throw new NonFiniteError(message, error);
    throw error;
  }
}

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
