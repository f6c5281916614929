/** The short way to a ticket: one network, one search, the best ticket. */

import { checkArray, checkInstance, checkInteger, checkNumber, checkObject } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { isPerceptron } from "../net/description.js";
import { Network } from "../net/network.js";
import type { ProtocolOptions, Round, Samples, SearchOptions, Ticket } from "./contract.js";
import { searchTickets } from "./iterative-magnitude.js";
import { layersOf } from "./masks.js";
import { usualRates } from "./settings.js";

/** What `findTicket` takes beside the network and the samples. */
export interface FindTicketOptions extends Omit<SearchOptions, "seed" | "variant"> {
  /** Share of the kept weights pruned in a round; half of it in convolutions and in the output layer. Default 0.2. */
  readonly rate?: number;
  /** Training steps a round. Default 3,000. */
  readonly iterations?: number;
}

/**
 * Finds a lottery ticket in a network: trains, prunes, rewinds, again and again.
 *
 * @param net  gives sizes, initialisation, seed and variant; it is not trained itself
 * @param samples  training, validation and test samples: bytes or floats
 * @param options  rounds, rate, iterations; and all of `searchTickets`, whose `protocol` goes before them
 * @returns the ticket to keep (see `chosenRound`), and what all rounds gave
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 * @throws {WorkerError} when a worker cannot be started or dies
 */
export async function findTicket(
  net: Network,
  samples: Samples,
  options: FindTicketOptions = {},
): Promise<{ ticket: Ticket; rounds: readonly Round[] }> {
  checkInstance("net", net, Network);
  const { rate = 0.2, iterations = 3000, ...rest } = checkObject("options", options);
  checkNumber("options.rate", rate, 0, 1);
  checkInteger("options.iterations", iterations, 1);
  const { description, sizes } = net;
  const protocol: ProtocolOptions = {
    ...(isPerceptron(description) ? { sizes } : { network: description }),
    init: net.init,
    iterations,
    rates: usualRates(layersOf(description), rate),
    ...options.protocol,
  };
  const { seed, core } = net;
  const { tickets, rounds } = await searchTickets(samples, {
    ...rest,
    seed,
    variant: core.variant,
    protocol,
  });
  return { ticket: tickets[chosenRound(rounds).round], rounds };
}

/**
 * The round to keep: of those that are not below the dense network the sparsest, else the most accurate,
 * the sparser of equals.
 *
 * @param rounds  from dense to sparse, at least one
 * @throws {ArgumentTypeError | ArgumentRangeError} when they are none
 */
export function chosenRound(rounds: readonly Round[]): Round {
  if (checkArray("rounds", rounds).length === 0) {
    throw new ArgumentRangeError('"rounds" expected at least the dense one, got none');
  }
  for (const [i, round] of rounds.entries()) {
    checkNumber(`rounds[${i}].accuracy`, checkObject(`rounds[${i}]`, round).accuracy);
  }
  const [dense, ...pruned] = rounds;
  const matching = pruned.filter((round) => round.accuracy >= dense.accuracy);
  if (matching.length > 0) return matching[matching.length - 1];
  return pruned.reduce((best, round) => (round.accuracy >= best.accuracy ? round : best), pruned[0] ?? dense);
}
