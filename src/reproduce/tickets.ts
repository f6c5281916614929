/** Lottery tickets on LeNet-300-100: earlier and better than what they are compared with. */
import { mnistSamples } from "../cli/mnist-samples.js";
import type { BeforeTraining, Control, Found, Round } from "../search/contract.js";
import { searchTickets } from "../search/iterative-magnitude.js";
import { compareMasks } from "../search/mask-statistics.js";
import { keptAfter } from "../search/masks.js";
import { jobId } from "../search/plan.js";
import type { Context, Experiment, Series } from "./contract.js";
import { percent } from "./mnist-nets.js";

const LENET = [784, 300, 100, 10];
const RATES = [0.2, 0.2, 0.1];
/** Prunings down to 21.1, 10.8 and 3.6 % of the weights. */
const AT_21 = 7;
const AT_11 = 10;
const AT_4 = 15;
const DIFFERS =
  "3,000 steps a round, not 50,000; early stopping on the 5,000 last training pictures, as there";

/** Searches that several experiments look at, each run once. */
const searches = new WeakMap<Context, Map<string, Promise<Found>>>();

function once(context: Context, name: string, search: () => Promise<Found>): Promise<Found> {
  const known = searches.get(context) ?? new Map<string, Promise<Found>>();
  searches.set(context, known);
  const found = known.get(name) ?? search();
  known.set(name, found);
  return found;
}

/** Few pictures, where early stopping shows best; two trials at least, whose masks can be compared. */
const fewPictures = (context: Context): Promise<Found> =>
  once(context, "few", () =>
    searchTickets(mnistSamples(8000), {
      rounds: AT_21,
      trials: Math.max(2, context.seeds),
      controlRounds: [3, AT_21],
      controlRoles: ["reinitialised"],
    }),
  );

const allPictures = (context: Context): Promise<Found> =>
  once(context, "all", () =>
    searchTickets(mnistSamples(), {
      rounds: AT_4,
      trials: context.seeds,
      controlRounds: [AT_21, AT_11, AT_4],
      controlRoles: ["reinitialised", "shuffled", "signs"],
    }),
  );

type Kind = "ticket" | "reinitialised" | "shuffled" | "signs";

const measuredOf = (round: Round, kind: Kind): Control | null | undefined =>
  kind === "ticket" ? round : round.control[kind];

/** A figure of merit against the share of kept weights, with the range over the trials. */
function seriesOf(
  rounds: readonly Round[],
  kinds: readonly Kind[],
  of: (trial: Control["trials"][number]) => number,
): Series[] {
  return kinds.map((name) => {
    const points = rounds.flatMap((round) => {
      const values = measuredOf(round, name)?.trials.map(of);
      if (!values) return [];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return [[100 * round.density, mean, Math.min(...values), Math.max(...values)] as const];
    });
    return { name, points };
  });
}

/** Mean step of the least validation loss; a trial whose loss still falls at the end counts with its last step. */
function stopOf({ trials }: Pick<Control, "trials">, iterations: number): number {
  return (
    trials.reduce((sum, { earlyStopIteration }) => sum + (earlyStopIteration ?? iterations), 0) /
    trials.length
  );
}

/** The ticket of 21 % learns faster than the dense network, and much faster than its mask with other weights. */
export const earlyStop: Experiment = {
  paper: "Frankle & Carbin 2019, The Lottery Ticket Hypothesis",
  result: "LeNet-300-100, 21.1 % of the weights: step of the least validation loss",
  published: "38 % earlier than dense; reinitialised 2.51 times as late as the ticket",
  differs: `8,000 pictures; ${DIFFERS}`,
  async run(context) {
    const { rounds, protocol } = await fewPictures(context);
    const { iterations } = protocol;
    const ticket = rounds[AT_21];
    const [dense, own, other] = [rounds[0], ticket, ticket.control.reinitialised as Control].map((measured) =>
      stopOf(measured, iterations),
    );
    const figure = {
      title: "Early stopping against density",
      x: "% of the weights kept",
      y: "step of the least validation loss",
      isXLogarithmic: true,
      series: seriesOf(
        rounds,
        ["ticket", "reinitialised"],
        (trial) => trial.earlyStopIteration ?? iterations,
      ),
      note: "Mean, least and largest over the seeds.",
    };
    return {
      measured:
        `dense ${Math.round(dense)}, ticket ${Math.round(own)} (${percent(1 - own / dense)} % earlier), ` +
        `reinitialised ${Math.round(other)} (${(other / own).toFixed(2)} times)`,
      holds: own <= 0.62 * dense && other >= 2.5 * own,
      figures: [figure],
    };
  },
};

/** Tickets end above the dense network, their controls below. */
export const accuracy: Experiment = {
  paper: "Frankle & Carbin 2019, The Lottery Ticket Hypothesis",
  result: "LeNet-300-100 on all of MNIST: test accuracy with 21.1 and 3.6 % of the weights",
  published: "21.1 %: above dense, 0.5 point above reinitialised; 3.6 %: as dense (read from plots)",
  differs: `accuracy after the last step; ${DIFFERS}`,
  async run(context) {
    const { rounds } = await allPictures(context);
    const [dense, at21, at4] = [rounds[0], rounds[AT_21], rounds[AT_4]];
    const reinitialised = at21.control.reinitialised?.accuracy ?? Number.NaN;
    const later = at4.control.reinitialised?.accuracy ?? Number.NaN;
    const figure = {
      title: "Accuracy against density",
      x: "% of the weights kept",
      y: "% of the test pictures",
      isXLogarithmic: true,
      series: seriesOf(
        rounds,
        ["ticket", "reinitialised", "shuffled", "signs"],
        (trial) => 100 * trial.accuracy,
      ),
      note: "Mean, least and largest over the seeds.",
    };
    return {
      measured:
        `dense ${percent(dense.accuracy)}; ` +
        `21.1 %: ${percent(at21.accuracy)}, reinitialised ${percent(reinitialised)}; ` +
        `3.6 %: ${percent(at4.accuracy)}, reinitialised ${percent(later)}`,
      holds:
        at21.accuracy >= dense.accuracy + 0.003 &&
        at21.accuracy >= reinitialised + 0.005 &&
        at4.accuracy >= dense.accuracy &&
        later < dense.accuracy,
      figures: [figure],
    };
  },
};

/** The signs of the initial weights are most of what a ticket needs of them. */
export const signs: Experiment = {
  paper: "Zhou, Lan, Liu & Yosinski 2019, Deconstructing Lottery Tickets",
  result: "LeNet-300-100, 10.8 % of the weights: tickets with the signs of their initial weights alone",
  published: "signs with one size a layer do about as well as the ticket; reinitialised ones do worse",
  differs: DIFFERS,
  async run(context) {
    const { rounds } = await allPictures(context);
    const { accuracy: ticket, control } = rounds[AT_11];
    const [kept, redrawn] = [
      control.signs?.accuracy ?? Number.NaN,
      control.reinitialised?.accuracy ?? Number.NaN,
    ];
    return {
      measured: `ticket ${percent(ticket)}, signs ${percent(kept)}, reinitialised ${percent(redrawn)}`,
      holds: kept > redrawn && ticket - kept < kept - redrawn,
    };
  },
};

const SOURCES = ["one-shot", "snip", "grasp", "synflow", "magnitude", "random"] as const satisfies readonly (
  | "one-shot"
  | BeforeTraining
)[];

/** Masks made before training do not find what pruning after training finds. */
export const sources: Experiment = {
  paper: "Frankle, Dziugaite, Roy & Carbin 2021, Pruning Neural Networks at Initialization",
  result: "LeNet-300-100, 10.8 % of the weights: test accuracy by where the mask comes from",
  published: "magnitude after training > SNIP, GraSP, SynFlow before it > random (ResNets)",
  differs: `LeNet on MNIST; ${DIFFERS}`,
  async run(context) {
    const { seeds } = context;
    const imp = await allPictures(context);
    const accuracies = new Map([["iterative", imp.rounds[AT_11].accuracy]]);
    // One pruning to the same counts; the dense round is the same.
    const [whole, left] = [0, AT_11].map((rounds) => keptAfter(LENET, RATES, rounds));
    const rates = whole.map((size, l) => (size - left[l]) / size);
    const dense = Array.from({ length: seeds }, (_, trial) => jobId(trial, 0, "ticket"));
    const finished = new Map([...imp.results].filter(([id]) => dense.includes(id)));
    for (const method of SOURCES) {
      const options = { method, rounds: 1, trials: seeds, protocol: { rates }, finished };
      const { rounds } = await searchTickets(mnistSamples(), options);
      accuracies.set(method, rounds[1].accuracy);
    }
    const of = (name: string) => accuracies.get(name) ?? Number.NaN;
    const scored = ["snip", "grasp", "synflow"];
    return {
      measured: [...accuracies].map(([name, share]) => `${name} ${percent(share)}`).join(", "),
      holds: scored.every((name) => of(name) < of("iterative")) && of("random") < Math.min(...scored.map(of)),
    };
  },
};

/** Masks of two seeds share about what chance gives them, or more: at least nine tenths of it in each layer. */
export const agreement: Experiment = {
  paper: "Frankle & Carbin 2019, The Lottery Ticket Hypothesis",
  result: "LeNet-300-100, 21.1 % of the weights: IoU of the tickets of two seeds, beside that of chance",
  published: "no figure; a ticket belongs to its initial weights",
  async run(context) {
    const { results } = await fewPictures(context);
    const [a, b] = [0, 1].map((trial) => results.get(jobId(trial, AT_21 - 1, "ticket"))?.nextMasks ?? []);
    const { layers } = compareMasks(a, b, LENET);
    return {
      measured: layers
        .map(({ name, iou, chanceIou }) => `${name} ${iou.toFixed(3)} (chance ${chanceIou.toFixed(3)})`)
        .join(", "),
      holds: layers.every(({ overlap, chance }) => overlap >= 0.9 * chance),
    };
  },
};
