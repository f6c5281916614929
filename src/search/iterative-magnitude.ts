/**
 * Finds lottery tickets by iterative magnitude pruning with rewinding, or in one shot, with the controls that
 * make a claim honest.
 *
 * Round 0 trains the dense network. Round r trains the network that round r − 1 left: in each layer the
 * round(rate · kept) smallest weights of its trained network are pruned, the rest goes back to where it
 * started. One-shot prunes for every round from the dense network. Criteria (random, magnitude, SNIP, GraSP,
 * SynFlow) prune before training: from the weights that tickets start from, on the first 1,000 training samples.
 * Controls train the masks of a round from other initial weights (reinitialised), the same number of weights of
 * each layer in random places from the same initial weights (shuffled), and the signs of the initial weights
 * alone (signs).
 *
 * Source: Frankle & Carbin, "The Lottery Ticket Hypothesis", 2019, sections 1, 2 and appendix B, strategy 1;
 * rewinding to a later step: Frankle et al., "Stabilizing the Lottery Ticket Hypothesis", 2019.
 */
import type { Found, Samples, SearchOptions } from "./contract.js";
import { openEngine } from "./engine.js";
import { slotsOf } from "./plan.js";
import { runSearch } from "./run-search.js";
import { settingsOf } from "./settings.js";

/**
 * Searches for tickets.
 *
 * A trial t draws its weights and its order of the data from seed + t; its reinitialised control from
 * seed + t + 1,000,000. Same samples, options and variant "simd": same bytes, on any host, with any workers.
 *
 * Rejects with the signal's reason when it is aborted; what `onResult` was given can go on as `finished`.
 *
 * @param samples  bytes, as read from pictures, or floats
 * @param options  method, rounds, trials, protocol, controls, workers; see `SearchOptions`
 * @returns rounds with accuracies and early stopping, one ticket a round, all results by job
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an option or the samples do not fit
 * @throws {NonFiniteError} when a sample has a NaN or an infinity
 * @throws {VariantError} when the host cannot run the variant
 * @throws {WorkerError} when a worker cannot be started or dies; `workers: 0` does without any
 */
export async function searchTickets(samples: Samples, options: SearchOptions = {}): Promise<Found> {
  const settings = settingsOf(samples, options);
  options.signal?.throwIfAborted();
  const workers =
    options.workers === undefined ? undefined : Math.min(options.workers, slotsOf(settings).length);
  const engine = await openEngine(samples, settings, workers, options.queue);
  try {
    return await runSearch(engine, settings, options);
  } finally {
    engine.close();
  }
}
