/** A ticket, or the network it was trained to, as a safetensors file. */
import {
  checkArray,
  checkInteger,
  checkNumber,
  checkNumbers,
  checkObject,
  checkTypedArray,
  plainText,
} from "../check.js";
import { FormatError } from "../errors.js";
import { member } from "../io/member.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import { shownShape, type Tensor } from "../io/tensor.js";
import { type NetworkDescription, sizesOf } from "../net/description.js";
import { type Network, network } from "../net/network.js";
import type { Core } from "../tensor/core.js";
import type { Protocol, Ticket } from "./contract.js";
import { checkMasks } from "./mask-statistics.js";
import { bitsOf, type LayerShape, layersOf, wordsOf } from "./masks.js";

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
  /**
   * Share of the test samples that the weights classify rightly, when they are trained ones: the file is a network then
   * rather than a ticket.
   */
  readonly accuracy?: number;
  /** The label of each class, where labels do not count from 0. */
  readonly labels?: readonly number[];
}

const FORMATS = { ticket: "golden-ticket ticket", network: "golden-ticket network" } as const;
const VERSION = "1";

/**
 * Writes a ticket: for each layer `fc1`, `fc2`, …, `output` its `weight` (F32, outputs × inputs, pruned ones
 * 0) and `bias` (F32) to start training from, and its `mask` (U8, one byte per weight, 1 = kept). Convolutions come
 * first, as `conv1`, …: outputs × channels × rows × columns of the window; batch norms give `norm1.mean`,
 * `norm1.variance` (F32), …. How it was found, and what a network is made of that is no perceptron, stands in the
 * metadata. A trained network is written in the same way, with `origin.accuracy`.
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
  const { seed, accuracy, labels } = checkObject("origin", origin);
  checkInteger("origin.seed", seed);
  if (accuracy !== undefined) checkNumber("origin.accuracy", accuracy, 0, 1);
  if (labels !== undefined) checkNumbers("origin.labels", labels);
  const protocol = plainText("origin.protocol", origin.protocol);
  const layers = layersOf(ticket.network ?? ticket.sizes);
  checkMasks("ticket.masks", ticket.masks, layers);
  for (const [i, values] of checkArray("ticket.weights", ticket.weights).entries()) {
    checkTypedArray(`ticket.weights[${i}]`, values, "Float32Array");
  }
  return writeSafetensors(tensorsOf(ticket, layers), {
    format: accuracy === undefined ? FORMATS.ticket : FORMATS.network,
    version: VERSION,
    method: origin.method,
    seed: String(seed),
    variant: origin.variant,
    trial: String(ticket.trial),
    round: String(ticket.round),
    density: String(ticket.density),
    sizes: ticket.sizes.join(","),
    ...(ticket.network ? { network: JSON.stringify(ticket.network) } : {}),
    ...(accuracy === undefined ? {} : { accuracy: String(accuracy) }),
    ...(labels ? { labels: labels.join(",") } : {}),
    protocol,
  });
}

function tensorsOf({ weights, masks }: Ticket, layers: readonly LayerShape[]): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [l, layer] of layers.entries()) {
    const { name, rows } = layer;
    const shape = shapeOf(layer);
    tensors.set(`${name}.weight`, { dtype: "F32", shape, data: weights[2 * l] });
    tensors.set(`${name}.bias`, { dtype: "F32", shape: [rows], data: weights[2 * l + 1] });
    tensors.set(`${name}.mask`, { dtype: "U8", shape, data: bitsOf(masks[l], layer) });
  }
  for (const [i, state] of weights.slice(2 * layers.length).entries()) {
    const channels = state.length / 2;
    const norm = { dtype: "F32", shape: [channels] } as const;
    tensors.set(`norm${i + 1}.mean`, { ...norm, data: state.slice(0, channels) });
    tensors.set(`norm${i + 1}.variance`, { ...norm, data: state.slice(channels) });
  }
  return tensors;
}

const shapeOf = ({ rows, columns, kernel }: LayerShape): readonly number[] =>
  kernel ? [rows, columns / (kernel[0] * kernel[1]), ...kernel] : [rows, columns];

/** What a file of `encodeTicket` holds. */
export interface DecodedTicket {
  /** Masks and weights: those to start training from, or trained ones. */
  readonly ticket: Ticket;
  /** The search that found it; `accuracy` when the weights are trained. */
  readonly origin: Origin;
  /** Of the layers with weights, as in the file: "conv1", …, "fc1", …, "output". */
  readonly layers: readonly string[];
}

/**
 * Whether a safetensors file is one of `encodeTicket`.
 *
 * @param metadata  of `readSafetensors`
 * @throws {ArgumentTypeError} when it is no object
 */
export function isTicketFile(metadata: Readonly<Record<string, string>>): boolean {
  return (Object.values(FORMATS) as string[]).includes(checkObject("metadata", metadata).format);
}

/**
 * Reads a ticket, or the network it was trained to.
 *
 * @param bytes  as `encodeTicket` gave them
 * @throws {ArgumentTypeError} when they are none
 * @throws {FormatError} when it is another file, or a tensor is missing or of another type or shape
 */
export function decodeTicket(bytes: Uint8Array): DecodedTicket {
  const { metadata, tensors } = readSafetensors(bytes);
  if (!isTicketFile(metadata) || metadata.version !== VERSION) {
    const { format = "another file", version = "none" } = metadata;
    const expected = `${Object.values(FORMATS).join(" or ")}, version ${VERSION}`;
    throw new FormatError(`metadata expected ${expected}, found ${format}, version ${version}`);
  }
  const shape = described(metadata);
  const layers = layersOf(shape.network ?? shape.sizes);
  const norms = shape.network?.layers.filter(({ kind }) => kind === "batch-norm").length ?? 0;
  const values = (name: string, size: readonly number[]) =>
    member(tensors, name, "F32", shownShape(size), (found) => String(found) === String(size));
  const states = Array.from({ length: norms }, (_, i) => {
    const [mean, variance] = ["mean", "variance"].map((part) => {
      const name = `norm${i + 1}.${part}`;
      return values(name, [tensors.get(name)?.shape[0] ?? 0]);
    });
    return Float32Array.of(...mean, ...variance);
  });
  const masks = layers.map((layer) => {
    const size = shapeOf(layer);
    const name = `${layer.name}.mask`;
    const bits = member(tensors, name, "U8", shownShape(size), (found) => String(found) === String(size));
    const wrong = bits.findIndex((bit) => bit > 1);
    if (wrong < 0) return wordsOf(bits, layer);
    throw new FormatError(`tensor "${name}" expected 0 and 1, found ${bits[wrong]} at index ${wrong}`);
  });
  const weights = layers.flatMap((layer) => [
    values(`${layer.name}.weight`, shapeOf(layer)),
    values(`${layer.name}.bias`, [layer.rows]),
  ]);
  const { method = "", variant = "", labels, accuracy } = metadata;
  const number = (key: string) => Number(metadata[key]);
  return {
    ticket: {
      ...shape,
      ...{ trial: number("trial"), round: number("round"), density: number("density"), masks },
      weights: [...weights, ...states],
    },
    origin: {
      ...{
        method,
        seed: number("seed"),
        variant,
        protocol: parsed("protocol", metadata.protocol) as Protocol,
      },
      ...(accuracy === undefined ? {} : { accuracy: Number(accuracy) }),
      ...(labels === undefined ? {} : { labels: labels.split(",").map(Number) }),
    },
    layers: layers.map(({ name }) => name),
  };
}

/**
 * A network with the weights and masks of a ticket.
 *
 * @param core  whose memory it takes
 * @param ticket  of a search, or of `decodeTicket`
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export function networkOf(core: Core, ticket: Ticket): Network {
  const { network: description, sizes, masks, weights } = checkObject("ticket", ticket);
  const net = network(core, description ?? sizes);
  checkMasks("ticket.masks", masks, layersOf(description ?? sizes));
  net.load(weights);
  for (const [l, layer] of net.layers.entries()) {
    const mask = core.mask(layer.outputs, layer.inputs, masks[l]);
    // Of a layer that keeps everything the search trains no mask, and its products add up in the order of dense ones.
    if (mask.density < 1) layer.mask = mask;
  }
  return net;
}

function described({
  sizes,
  network: text,
}: Readonly<Record<string, string>>): Pick<Ticket, "sizes" | "network"> {
  const numbers = (sizes ?? "").split(",").map(Number);
  try {
    if (text === undefined) {
      layersOf(numbers);
      return { sizes: numbers };
    }
    const description = parsed("network", text) as NetworkDescription;
    if (String(sizesOf(description)) === String(numbers)) return { sizes: numbers, network: description };
  } catch (error) {
    throw new FormatError(`metadata: ${(error as Error).message}`, { cause: error });
  }
  throw new FormatError(`metadata expected the sizes of its network, found ${sizes}`);
}

function parsed(name: string, text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(`metadata "${name}" expected JSON, found ${JSON.stringify(text)}`, {
      cause: error,
    });
  }
}
