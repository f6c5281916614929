/** Goes through a certificate again, and writes it down. */
import { certify, type Network, type StrongTicket, type TicketBlock, targetLayers } from "../../index.js";
import type { StrongSettings, Verified } from "./contract.js";

/** The pictures for which it holds. */
export const DOMAIN = { kind: "box", low: 0, high: 1 } as const;

/**
 * Sums the kept products of every weight and bias anew, from the ticket's own layers, compares each sum with its
 * weight, and bounds the error from the residuals once more. For inputs ≥ 0.
 */
export function verify(net: Network, { blocks }: StrongTicket): Verified {
  const targets = targetLayers(net);
  let [sums, beyond] = [0, 0];
  for (const [l, { rows, columns, weights, bias }] of targets.entries()) {
    const { residuals } = blocks[l];
    for (let row = 0; row < rows; row++) {
      const found = sumsOf(blocks[l], row, columns);
      for (let j = 0; j <= columns; j++) {
        const [wanted, residual] =
          j < columns
            ? [weights[row * columns + j], residuals.weights[row * columns + j]]
            : [bias[row], residuals.bias[row]];
        sums++;
        if (Math.abs(found[j] - wanted) > residual) beyond++;
      }
    }
  }
  const { maximum } = certify(
    targets,
    blocks.map(({ residuals }) => residuals),
    DOMAIN,
  );
  return { sums, beyond, maximum };
}

/** What a row's kept products sum to, by input; the bias after them. */
function sumsOf({ inner, outer }: TicketBlock, row: number, columns: number): Float64Array {
  const sums = new Float64Array(columns + 1);
  for (let at = outer.rowStarts[row]; at < outer.rowStarts[row + 1]; at++) {
    const neuron = outer.columnIndices[at];
    const from = inner.rowStarts[neuron];
    const isBias = from === inner.rowStarts[neuron + 1];
    const column = isBias ? columns : inner.columnIndices[from];
    sums[column] += outer.values[at] * (isBias ? inner.bias[neuron] : inner.values[from]);
  }
  return sums;
}

/** The certificate as a file: with the page's settings, the library builds the same ticket and finds the same bound. */
export function certificateFile(net: Network, ticket: StrongTicket, settings: StrongSettings): string {
  const { certificate, targets, neurons, kept, maxWeightError, failures } = ticket;
  const { outputs, maximum, euclidean, layers } = certificate;
  return `${JSON.stringify(
    {
      construction: "subset-sum",
      target: {
        sizes: net.sizes,
        iterations: settings.iterations,
        seed: settings.seed,
        weightsAndBiases: targets,
      },
      ticket: { seed: settings.ticketSeed, sizes: ticket.network.sizes, neurons, kept },
      epsilon: settings.epsilon,
      maxWeightError,
      failures,
      domain: DOMAIN,
      bound: { maximum, euclidean, outputs: [...outputs], layers },
    },
    null,
    2,
  )}\n`;
}
