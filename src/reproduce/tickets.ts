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
const PAPER = "Frankle & Carbin 2019, The Lottery Ticket Hypothesis";
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
      protocol: context.isQuick ? { iterations: QUICK_FEW } : {},
      workers: context.workers,
      controlRounds: [3, AT_21],
      controlRoles: ["reinitialised"],
    }),
  );

const allPictures = (context: Context): Promise<Found> =>
  once(context, "all", () =>
    searchTickets(mnistSamples(), {
      rounds: AT_4,
      trials: context.seeds,
      workers: context.workers,
      controlRounds: [AT_21, AT_11, AT_4],
      controlRoles: context.isQuick ? ["reinitialised", "signs"] : ["reinitialised", "shuffled", "signs"],
    }),
  );

type Kind = "ticket" | "reinitialised" | "shuffled" | "signs";

const measuredOf = (round: Round, kind: Kind): Control | null | undefined =>
  kind === "ticket" ? round : round.control[kind];

type Trial = Control["trials"][number];

/** Mean, least and largest over the trials. */
function pointOf(x: number, { trials }: Pick<Control, "trials">, of: (trial: Trial) => number) {
  const values = trials.map(of);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [x, mean, Math.min(...values), Math.max(...values)] as const;
}

/** A figure of merit against the share of kept weights, with the range over the trials. */
function seriesOf(rounds: readonly Round[], kinds: readonly Kind[], of: (trial: Trial) => number): Series[] {
  return kinds.map((name) => {
    const points = rounds.flatMap((round) => {
      const measured = measuredOf(round, name);
      return measured ? [pointOf(100 * round.density, measured, of)] : [];
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

/** With few pictures the validation loss rises again by then. */
const QUICK_FEW = 2000;

const LADDER = "51.3, 21.1, 13.5, 7.0, 3.6, 1.9, 1.2";

/** The shares that the paper's plots are labelled with are arithmetic. */
export const ladder: Experiment = {
  name: "density-ladder",
  paper: PAPER,
  result:
    "LeNet-300-100: % of the weights kept after 3, 7, 9, 12, 15, 18 and 20 rounds of 20 % (output 10 %)",
  published: LADDER,
  async run() {
    const total = (rounds: number) => keptAfter(LENET, RATES, rounds).reduce((sum, kept) => sum + kept, 0);
    const shares = [3, 7, 9, 12, 15, 18, 20].map((rounds) => ((100 * total(rounds)) / total(0)).toFixed(1));
    return { measured: shares.join(", "), holds: shares.join(", ") === LADDER };
  },
};

/** The ticket of 21 % learns faster than the dense network, and much faster than its mask with other weights. */
export const earlyStop: Experiment = {
  name: "early-stop",
  shares: "few pictures",
  paper: PAPER,
  result: "LeNet-300-100, 21.1 % of the weights: step of the least validation loss",
  published: "38 % earlier than dense; reinitialised 2.51 times as late as the ticket",
  differs: `8,000 pictures; ${DIFFERS}; with --quick 2,000 steps`,
  rule: "means over the seeds: at least 38 % earlier, and reinitialised at least 2.5 times as late",
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
  name: "ticket-accuracy",
  shares: "all pictures",
  paper: PAPER,
  result: "LeNet-300-100 on all of MNIST: test accuracy with 21.1 and 3.6 % of the weights",
  published: "21.1 %: above dense, 0.5 point above reinitialised; 3.6 %: as dense (read from plots)",
  differs: `accuracy after the last step; ${DIFFERS}`,
  rule: "means over seeds: 21.1 % at least 0.5 point above dense and 0.8 above reinitialised; 3.6 % not below dense",
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
        at21.accuracy >= dense.accuracy + 0.005 &&
        at21.accuracy >= reinitialised + 0.008 &&
        at4.accuracy >= dense.accuracy,
      figures: [figure],
    };
  },
};

/** The signs of the initial weights are most of what a ticket needs of them. */
export const signs: Experiment = {
  name: "ticket-signs",
  shares: "all pictures",
  paper: "Zhou, Lan, Liu & Yosinski 2019, Deconstructing Lottery Tickets",
  result: "LeNet-300-100, 10.8 % of the weights: tickets with the signs of their initial weights alone",
  published: "signs with one size a layer do about as well as the ticket; reinitialised ones do worse",
  differs: DIFFERS,
  rule: "signs are above reinitialised, and nearer to the ticket",
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
  name: "mask-sources",
  shares: "all pictures",
  paper: "Frankle, Dziugaite, Roy & Carbin 2021, Pruning Neural Networks at Initialization",
  result: "LeNet-300-100, 10.8 % of the weights: test accuracy by where the mask comes from",
  published:
    "magnitude after training > SNIP, GraSP, SynFlow before it > random (ResNets; no figures quoted here)",
  differs: `LeNet on MNIST; ${DIFFERS}`,
  rule: "SNIP, GraSP and SynFlow are below iterative pruning and above random masks",
  async run(context) {
    const { seeds } = context;
    const imp = await allPictures(context);
    const found = new Map<string, Control>([["iterative", imp.rounds[AT_11]]]);
    // One pruning to the same counts; the dense round is the same.
    const [whole, left] = [0, AT_11].map((rounds) => keptAfter(LENET, RATES, rounds));
    const rates = whole.map((size, l) => (size - left[l]) / size);
    const dense = Array.from({ length: seeds }, (_, trial) => jobId(trial, 0, "ticket"));
    const finished = new Map([...imp.results].filter(([id]) => dense.includes(id)));
    for (const method of SOURCES) {
      const options = {
        method,
        rounds: 1,
        trials: seeds,
        protocol: { rates },
        finished,
        workers: context.workers,
      };
      const { rounds } = await searchTickets(mnistSamples(), options);
      found.set(method, rounds[1]);
    }
    const of = (name: string) => found.get(name)?.accuracy ?? Number.NaN;
    const scored = ["snip", "grasp", "synflow"];
    const figure = {
      title: "Where the mask comes from: 10.8 % of the weights of LeNet-300-100",
      x: "source of the mask",
      y: "% of the test pictures right",
      categories: [...found.keys()],
      series: [
        {
          name: "accuracy",
          points: [...found.values()].map((round, i) => pointOf(i, round, (trial) => 100 * trial.accuracy)),
        },
      ],
      note: "Mean, least and largest over the seeds.",
    };
    return {
      measured: [...found].map(([name, round]) => `${name} ${percent(round.accuracy)}`).join(", "),
      holds: scored.every((name) => of(name) < of("iterative")) && of("random") < Math.min(...scored.map(of)),
      figures: [figure],
    };
  },
};

/** Masks of two seeds share about what chance gives them, or more: at least nine tenths of it in each layer. */
export const agreement: Experiment = {
  name: "mask-agreement",
  shares: "few pictures",
  paper: PAPER,
  result: "LeNet-300-100, 21.1 % of the weights: IoU of the tickets of two seeds, beside that of chance",
  published: "no figure; a ticket belongs to its initial weights",
  rule: "in each layer masks share at least 0.9 of what chance would have them share",
  async run(context) {
    const { results } = await fewPictures(context);
    const [a, b] = [0, 1].map((trial) => results.get(jobId(trial, AT_21 - 1, "ticket"))?.nextMasks ?? []);
    const { layers } = compareMasks(a, b, LENET);
    return {
      measured: layers
        .map(({ name, iou, chanceIou }) => `${name} ${iou.toFixed(3)} (chance ${chanceIou.toFixed(3)})`)
        .join(", "),
      holds: layers.every(({ overlap, chance }) => overlap >= 0.9 * chance),
      figures: [
        {
          title: "Do the tickets of two seeds keep the same weights?",
          x: "layer",
          y: "weights kept by both, of those kept by either",
          categories: layers.map(({ name }) => name),
          series: (["iou", "chanceIou"] as const).map((measure) => ({
            name: measure === "iou" ? "tickets" : "chance",
            points: layers.map((layer, l) => [l, layer[measure]] as const),
          })),
        },
      ],
    };
  },
};
