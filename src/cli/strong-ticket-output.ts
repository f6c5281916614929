/** What `strong-ticket` writes and says. */
import { FormatError, type StrongTicket, type TicketBlock } from "../index.js";
import { type Model, readTicketModel, type Tensor, ticketTensors, writeTicketModel } from "../io/index.js";
import type { Checkpoint } from "./checkpoint.js";
import { columns } from "./command.js";
import { orderLine, orderOf } from "./model-file.js";
import { printable, shellWord } from "./shell.js";
import type { TicketOptions } from "./strong-ticket-plan.js";

/** How far model and ticket were found apart. */
export interface Measured {
  readonly sampledOutputError: number;
  /** Share of the samples for which both have the same largest output. */
  readonly agreement: number;
  readonly samples: number;
  /** Of tiny networks. */
  readonly adversarialOutputError: number | null;
}

/** What is built, by the names in a file: two sparse layers for each layer of the model. */
const layersOf = (blocks: readonly TicketBlock[]) =>
  blocks.flatMap(({ inner, outer }, l) => [
    { name: `${l}.inner`, ...inner },
    { name: `${l}.outer`, ...outer },
  ]);

/**
 * Finished blocks for a checkpoint: the layers as in a ticket's file, and what is known of them.
 *
 * @param blocks  the first ones
 */
export function tensorsOf(blocks: readonly TicketBlock[]): Map<string, Tensor> {
  const tensors = ticketTensors(layersOf(blocks));
  for (const [l, { outer, inner, residuals, neurons, failures }] of blocks.entries()) {
    const shape = [outer.rows, inner.columns];
    tensors.set(`${l}.residuals`, { dtype: "F64", shape, data: residuals.weights });
    tensors.set(`${l}.bias_residuals`, { dtype: "F64", shape: [outer.rows], data: residuals.bias });
    const counts = BigInt64Array.of(BigInt(neurons), BigInt(failures));
    tensors.set(`${l}.counts`, { dtype: "I64", shape: [2], data: counts });
  }
  return tensors;
}

/**
 * The blocks of a checkpoint, none for an empty one.
 *
 * @param checkpoint  of the same model
 * @param model  the target
 * @throws {FormatError} when a tensor is missing or not what it should be
 */
export function blocksIn({ path, tensors, read }: Checkpoint, model: Model): TicketBlock[] {
  if (tensors.size === 0) return [];
  const layers = [...tensors].filter(([name]) => /^\d+\.(inner|outer)\./.test(name));
  try {
    const sparse = readTicketModel(new Map(layers));
    return model.layers.slice(0, sparse.length >> 1).map(({ rows, columns }, l) => {
      const [neurons, failures] = Array.from(read(`${l}.counts`, "I64", [2]), Number);
      const residuals = {
        weights: read(`${l}.residuals`, "F64", [rows, columns]),
        bias: read(`${l}.bias_residuals`, "F64", [rows]),
      };
      return { inner: sparse[2 * l], outer: sparse[2 * l + 1], residuals, neurons, failures };
    });
  } catch (error) {
    throw new FormatError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * A ticket as a file: the same bytes for the same options and model.
 *
 * @param ticket  the layers
 * @param given  options
 * @param variant  that built it
 */
export function ticketFile(ticket: StrongTicket, given: TicketOptions, variant: string): Uint8Array {
  const {
    construction = "subset-sum",
    epsilon,
    delta,
    objective,
    pool,
    seed = 0,
    low = 0,
    high = 1,
    radius,
  } = given;
  const domain = radius === undefined ? { low, high } : { radius };
  const chosen = { construction, epsilon, delta, objective, pool, seed, ...domain, variant };
  const texts = Object.entries(chosen).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return writeTicketModel(layersOf(ticket.blocks), {
    ...{ format: "golden-ticket strong ticket", version: "1" },
    ...Object.fromEntries(texts),
    certifiedOutputError: String(ticket.certificate.maximum),
  });
}

/**
 * Prints what was built.
 *
 * @param model  the target
 * @param ticket  for it
 * @param measured  how far they are apart
 * @param given  options
 * @param seconds  that it took
 */
export function report(
  model: Model,
  ticket: StrongTicket,
  measured: Measured,
  given: TicketOptions,
  seconds: number,
): void {
  const result = resultOf(model, ticket, measured, given, seconds);
  process.stdout.write(given.json ? `${JSON.stringify(result)}\n` : textOf(result, ticket.targets, given));
}

function resultOf(
  model: Model,
  ticket: StrongTicket,
  measured: Measured,
  { construction = "subset-sum", epsilon, delta = 0.01, seed = 0, out }: TicketOptions,
  seconds: number,
) {
  const { targets, neurons, kept, maxWeightError, failures } = ticket;
  return {
    ...{ construction, epsilon, delta, seed, order: orderOf(model) },
    layers: ticket.blocks.map((block, l) => rowOf(model.layers[l].name, block)),
    neuronsPerWeight: neurons / targets,
    keptPerWeight: kept / targets,
    maxWeightError,
    certifiedOutputError: ticket.certificate.maximum,
    ...measured,
    failures,
    failureRate: failures / targets,
    ...{ seconds, out },
  };
}

function rowOf(name: string, { inner, outer, residuals, neurons, failures }: TicketBlock) {
  const nonZero = (sum: number, value: number) => sum + (value === 0 ? 0 : 1);
  const largest = (most: number, residual: number) => Math.max(most, residual);
  return {
    ...{ name, rows: outer.rows, columns: inner.columns, neurons },
    kept: outer.bias.reduce(nonZero, inner.bias.reduce(nonZero, inner.values.length + outer.values.length)),
    maxWeightError: residuals.bias.reduce(largest, residuals.weights.reduce(largest, 0)),
    failures,
  };
}

function textOf(
  result: ReturnType<typeof resultOf>,
  targets: number,
  { low = 0, high = 1, radius, inputs }: TicketOptions,
): string {
  const { layers, adversarialOutputError, samples, agreement, failures, delta } = result;
  const width = Math.max(5, ...layers.map(({ name }) => name.length));
  const line = (...cells: string[]) => `${cells[0].padEnd(width)}  ${cells.slice(1).join("  ")}\n`;
  const digits = (value: number) => value.toExponential(2);
  const domain =
    radius === undefined ? `numbers from ${low} to ${high}` : `inputs of a 2-norm up to ${radius}`;
  const rate = Number(result.failureRate.toPrecision(2));
  const kind = inputs === undefined ? "random inputs" : "samples";
  const same = (100 * agreement).toFixed(2);
  return [
    line("layer", "      shape", "   neurons", "    kept", "largest error", "failures"),
    ...layers.map(({ name, rows, columns: width, neurons, kept, maxWeightError, failures: failed }) =>
      line(
        printable(name),
        `${rows} × ${width}`.padStart(11),
        String(neurons).padStart(10),
        String(kept).padStart(8),
        digits(maxWeightError).padStart(13),
        String(failed).padStart(8),
      ),
    ),
    columns([
      [
        "a weight",
        `${result.neuronsPerWeight.toFixed(2)} neurons, ${result.keptPerWeight.toFixed(2)} kept weights`,
      ],
      ["failures", `${failures} of ${targets} weights and biases, a rate of ${rate} with delta ${delta}`],
      ["certified", `outputs at most ${digits(result.certifiedOutputError)} off for all ${domain}`],
      [
        "sampled",
        `at most ${digits(result.sampledOutputError)} on ${samples} ${kind}, ${same} % of the same class`,
      ],
      ...(adversarialOutputError === null
        ? []
        : [["searched", `${digits(adversarialOutputError)} on the worst input found`] as const]),
    ]),
    orderLine(result.order),
    `By ${result.construction} with an epsilon of ${result.epsilon} in ${result.seconds} s, ` +
      `written to ${shellWord(result.out as string)}.\n`,
  ].join("");
}
