/** A ticket as a safetensors file. */
import {
  checkArray,
  checkInteger,
  checkNumber,
  checkNumbers,
  checkObject,
  checkTypedArray,
  plainText,
} from "../check.js";
import { writeSafetensors } from "../io/safetensors.js";
import type { Tensor } from "../io/tensor.js";
import type { Protocol, Ticket } from "./contract.js";
import { checkMasks } from "./mask-statistics.js";
import { bitsOf, layersOf } from "./masks.js";

/** Where a ticket comes from. */
export interface Origin {
  /** Of the search, such as "imp". */
  readonly method: string;
  /** Of the search. */
  readonly seed: number;
  /** That ran. */
  readonly variant: string;
  /** As `Found` has it. */
  readonly protocol: Protocol;
}

/**
 * Writes a ticket: for each layer `fc1`, `fc2`, …, `output` its `weight` (F32, outputs × inputs, pruned ones
 * 0) and `bias` (F32) to start training from, and its `mask` (U8, one byte per weight, 1 = kept). Convolutions come
 * first, as `conv1`, …: outputs × channels × rows × columns of the window; batch norms give `norm1.mean`,
 * `norm1.variance` (F32), …. How it was found, and what a network is made of that is no perceptron, stands in the
 * metadata.
 *
 * @param ticket  masks and weights
 * @param origin  the search that found it
 * @returns the file; it holds nothing that differs between hosts or numbers of workers
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when a member does not fit
 */
export function encodeTicket(ticket: Ticket, origin: Origin): Uint8Array {
  checkObject("ticket", ticket);
  checkNumbers("ticket.sizes", ticket.sizes);
  checkInteger("ticket.trial", ticket.trial);
  checkInteger("ticket.round", ticket.round);
  checkNumber("ticket.density", ticket.density, 0, 1);
  checkInteger("origin.seed", checkObject("origin", origin).seed);
  const protocol = plainText("origin.protocol", origin.protocol);
  const tensors = new Map<string, Tensor>();
  const layers = layersOf(ticket.network ?? ticket.sizes);
  checkMasks("ticket.masks", ticket.masks, layers);
  for (const [i, values] of checkArray("ticket.weights", ticket.weights).entries()) {
    checkTypedArray(`ticket.weights[${i}]`, values, "Float32Array");
  }
  for (const [l, layer] of layers.entries()) {
    const { name, rows, columns, kernel } = layer;
    const shape = kernel ? [rows, columns / (kernel[0] * kernel[1]), ...kernel] : [rows, columns];
    tensors.set(`${name}.weight`, { dtype: "F32", shape, data: ticket.weights[2 * l] });
    tensors.set(`${name}.bias`, { dtype: "F32", shape: [rows], data: ticket.weights[2 * l + 1] });
    tensors.set(`${name}.mask`, { dtype: "U8", shape, data: bitsOf(ticket.masks[l], layer) });
  }
  for (const [i, state] of ticket.weights.slice(2 * layers.length).entries()) {
    const channels = state.length / 2;
    const norm = { dtype: "F32", shape: [channels] } as const;
    tensors.set(`norm${i + 1}.mean`, { ...norm, data: state.slice(0, channels) });
    tensors.set(`norm${i + 1}.variance`, { ...norm, data: state.slice(channels) });
  }
  return writeSafetensors(tensors, {
    format: "golden-ticket ticket",
    version: "1",
    method: origin.method,
    seed: String(origin.seed),
    variant: origin.variant,
    trial: String(ticket.trial),
    round: String(ticket.round),
    density: String(ticket.density),
    sizes: ticket.sizes.join(","),
    ...(ticket.network ? { network: JSON.stringify(ticket.network) } : {}),
    protocol,
  });
}
