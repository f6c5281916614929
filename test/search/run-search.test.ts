import { describe, expect, test } from "vitest";
import type { Job, JobResult, Progress, SearchOptions } from "../../src/search/contract.js";
import { runSearch, type SearchHooks } from "../../src/search/run-search.js";
import { settingsOf } from "../../src/search/settings.js";
import { FakeEngine, type FakeOptions, masks, parameters, samples } from "./fake-engine.js";

const protocol = { sizes: [4, 3, 2], batch: 5, iterations: 10 };

async function search(options: SearchOptions, fake: FakeOptions = {}, hooks: SearchHooks = {}) {
  const engine = new FakeEngine({ rewindTo: options.protocol?.rewindTo, ...fake });
  const settings = settingsOf(samples, { ...options, protocol: { ...protocol, ...options.protocol } });
  const found = await runSearch(engine, settings, hooks);
  return { engine, found };
}

const jobNamed = (engine: FakeEngine, id: string) => engine.jobs.find((job) => job.id === id) as Job;
const slowly = ({ id }: Job) => (id.length * 7 + id.charCodeAt(id.length - 9) * 5) % 11;

describe("what jobs start from", () => {
  test("rounds take the masks of the round before and the initial weights of the trial", async () => {
    const { engine } = await search({ rounds: 3, trials: 2, seed: 10 });
    expect(engine.jobs.length).toBe(8);
    for (const job of engine.jobs) {
      expect(job).toMatchObject({ role: "ticket", seed: 10 + job.trial, start: [] });
      expect(job.masks).toEqual(job.round === 0 ? [] : masks(2 * (job.round - 1) + 1));
    }
  });

  test("rounds rewind to the weights that the dense round was at", async () => {
    const { engine, found } = await search({
      rounds: 2,
      seed: 3,
      protocol: { rewindTo: 4 },
      controlRounds: [1],
    });
    expect(jobNamed(engine, "trial-0/round-00/ticket").start).toEqual([]);
    expect(jobNamed(engine, "trial-0/round-01/ticket").start).toEqual(parameters(3.5));
    expect(jobNamed(engine, "trial-0/round-02/ticket").start).toEqual(parameters(3.5));
    expect(jobNamed(engine, "trial-0/round-01/shuffled").start).toEqual(parameters(3.5));
    expect(jobNamed(engine, "trial-0/round-01/reinitialised").start).toEqual([]);
    expect(found.tickets[0].weights).toEqual(parameters(3.5));
  });

  test("controls take the masks of their round; only the reinitialised one takes another seed", async () => {
    const { engine } = await search({ rounds: 2, trials: 2, seed: 5, controlRounds: [2, 1, 2] });
    const controls = engine.jobs.filter(({ role }) => role !== "ticket");
    expect(controls.length).toBe(8);
    for (const { role, seed, trial, round, masks: given } of controls) {
      expect(seed).toBe(5 + trial + (role === "reinitialised" ? 1_000_000 : 0));
      expect(given).toEqual(jobNamed(engine, `trial-${trial}/round-0${round}/ticket`).masks);
    }
  });

  test("one-shot prunes for every round from the dense network, step by step", async () => {
    const { engine, found } = await search({ method: "one-shot", rounds: 3, controlRounds: [2] });
    const dense = found.results.get("trial-0/round-00/ticket") as JobResult;
    const base = 100 * dense.trained[0][0];
    let bits = 0;
    for (let round = 1; round <= 3; round++) {
      bits = (base + bits + 1) & 15;
      expect(jobNamed(engine, `trial-0/round-0${round}/ticket`).masks).toEqual(masks(bits));
    }
    expect(engine.pruned).toBe(3);
  });
});

describe("masks from criteria", () => {
  const rates = [0.5, 0];

  test("need no training: all jobs but none of the dense round wait for them, each is made once", async () => {
    const { engine } = await search(
      { method: "snip", rounds: 2, trials: 2, seed: 7, controlRounds: [2], protocol: { rates } },
      { size: 3, delay: slowly },
    );
    expect(engine.scored.length).toBe(4);
    expect(engine.mostScoring).toBe(1);
    for (const { criterion, start, seed, kept } of engine.scored) {
      expect(criterion).toBe("snip");
      expect(start).toBe(seed);
      expect([7, 8]).toContain(seed);
      expect([
        [6, 6],
        [3, 6],
      ]).toContainEqual(kept);
    }
    for (const job of engine.jobs)
      expect(job.masks).toEqual(job.round === 0 ? [] : masks([6, 3][job.round - 1]));
    expect(engine.pruned).toBe(0);
  });

  test("are made of the weights that tickets are rewound to", async () => {
    const { engine, found } = await search({
      method: "random",
      rounds: 1,
      seed: 3,
      protocol: { rewindTo: 4, rates },
    });
    expect(engine.scored).toEqual([{ criterion: "random", start: 3.5, kept: [6, 6], seed: 3 }]);
    expect(jobNamed(engine, "trial-0/round-01/ticket").start).toEqual(parameters(3.5));
    expect(found.tickets[1].masks).toEqual(masks(6));
  });
});

test("only the controls that are asked for run; that of signs starts as the ticket does", async () => {
  const { engine, found } = await search({ rounds: 2, controlRounds: [2], controlRoles: ["signs"] });
  expect(engine.jobs.filter(({ role }) => role !== "ticket").map(({ id }) => id)).toEqual([
    "trial-0/round-02/signs",
  ]);
  const [signs, ticket] = ["signs", "ticket"].map((role) => jobNamed(engine, `trial-0/round-02/${role}`));
  expect(signs).toEqual({ ...ticket, id: signs.id, role: "signs" });
  expect(found.rounds[1].control).toEqual({ reinitialised: null, shuffled: null, signs: null });
  expect(found.rounds[2].control.signs?.trials.length).toBe(1);
});

describe("what is found", () => {
  test("rounds are means over the trials; early stopping needs all of them", async () => {
    const hooks: SearchHooks = {
      onResult: (job, { evaluation }) => {
        if (job.round === 1 && job.trial === 1) Object.assign(evaluation, { earlyStopIteration: null });
      },
    };
    const { found } = await search({ rounds: 1, trials: 2, controlRounds: [1] }, {}, hooks);
    for (const round of found.rounds) {
      for (const measured of [round, round.control.reinitialised, round.control.shuffled]) {
        if (!measured) continue;
        const [a, b] = measured.trials;
        expect(measured.accuracy).toBe((a.accuracy + b.accuracy) / 2);
        const stops = [a.earlyStopIteration, b.earlyStopIteration];
        expect(measured.earlyStopIteration).toBe(
          stops[1] === null ? null : (stops[0] as number) / 2 + stops[1] / 2,
        );
      }
    }
    expect(found.rounds[1].earlyStopIteration).toBeNull();
    expect(found.rounds.map(({ control }) => control.shuffled !== null)).toEqual([false, true]);
  });

  test("densities and counts are those of the masks, biases not counted", async () => {
    const { found } = await search({ rounds: 2 });
    expect(found.rounds.map(({ density }) => density)).toEqual([1, 15 / 18, 16 / 18]);
    expect(found.rounds[1].layers).toEqual([
      { name: "fc1", kept: 9, size: 12 },
      { name: "output", kept: 6, size: 6 },
    ]);
  });

  test("tickets are of the first trial, their pruned weights are 0", async () => {
    const { found } = await search({ rounds: 1, trials: 2, seed: 7 });
    const [dense, pruned] = found.tickets;
    expect(dense).toMatchObject({ trial: 0, round: 0, density: 1, masks: masks(15) });
    expect(dense.weights).toEqual(parameters(7));
    expect(pruned.masks).toEqual(masks(1));
    expect([...pruned.weights[0]]).toEqual([7, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7]);
    expect(pruned.weights.slice(1)).toEqual(parameters(7).slice(1));
  });

  test("controls keep no trained weights", async () => {
    const { found } = await search({ rounds: 1, controlRounds: [1] });
    for (const [id, { trained }] of found.results) expect(trained.length).toBe(id.endsWith("ticket") ? 4 : 0);
  });

  test.each([2, 3, 8])("is the same with %i jobs at a time", async (size) => {
    const options = { rounds: 4, trials: 3, controlRounds: [1, 3] };
    const { found: one } = await search(options);
    const { found, engine } = await search(options, { size, delay: slowly });
    expect(engine.mostRunning).toBe(size);
    expect(engine.finished).not.toEqual([...found.results.keys()]);
    expect(found).toEqual(one);
    expect([...found.results.keys()]).toEqual([...one.results.keys()]);
  });
});

describe("the order of jobs", () => {
  test("the chain of rounds goes first, controls fill what is left", async () => {
    const { engine } = await search({ rounds: 3, controlRounds: [1, 2] }, { size: 2 });
    const roles = engine.jobs.map(({ round, role }) => `${round} ${role}`);
    expect(roles).toEqual([
      ...["0 ticket", "1 ticket", "1 reinitialised", "2 ticket", "1 shuffled"],
      ...["3 ticket", "2 reinitialised", "2 shuffled"],
    ]);
  });
});

describe("going on", () => {
  const options = { rounds: 3, trials: 2, controlRounds: [2] };

  test.each([1, 3, 9])(
    "from %i finished jobs gives what one run gives, and runs only the rest",
    async (count) => {
      const { found: whole } = await search(options);
      const finished = new Map([...whole.results].slice(0, count));
      const given: string[] = [];
      const hooks: SearchHooks = { finished, onResult: (job) => void given.push(job.id) };
      const { found, engine } = await search(options, { size: 2 }, hooks);
      expect(found).toEqual(whole);
      expect(engine.jobs.length).toBe(12 - count);
      expect(given.sort()).toEqual([...whole.results.keys()].slice(count).sort());
    },
  );

  test("from everything runs nothing", async () => {
    const { found: whole } = await search(options);
    const { found, engine } = await search(options, {}, { finished: whole.results });
    expect(found).toEqual(whole);
    expect(engine.jobs).toEqual([]);
  });
});

describe("being told and being stopped", () => {
  test("progress counts all jobs and never goes back", async () => {
    const seen: Progress[] = [];
    const hooks: SearchHooks = { onProgress: (progress) => void seen.push(progress) };
    await search({ rounds: 2, controlRounds: [1] }, { size: 2 }, hooks);
    expect(seen[0]).toMatchObject({ jobsDone: 0, jobs: 5, stepsDone: 5, steps: 50, validationAccuracy: 0.5 });
    expect(seen.at(-1)).toMatchObject({
      jobsDone: 5,
      jobs: 5,
      stepsDone: 50,
      steps: 50,
      validationAccuracy: 0.9,
    });
    for (const [i, { stepsDone }] of seen.entries()) {
      expect(stepsDone).toBeGreaterThanOrEqual(seen[i - 1]?.stepsDone ?? 0);
    }
  });

  test("an abort rejects with the reason, after results that were being written are written", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let written = 0;
    const hooks: SearchHooks = {
      signal: controller.signal,
      async onResult() {
        controller.abort(reason);
        await new Promise((resolve) => setTimeout(resolve, 20));
        written++;
      },
    };
    await expect(search({ rounds: 3, trials: 2 }, { size: 2 }, hooks)).rejects.toBe(reason);
    expect(written).toBeGreaterThan(0);
    await expect(search({}, {}, { signal: controller.signal })).rejects.toBe(reason);
  });

  test("the first error of a job or a hook ends the search", async () => {
    const error = new Error("no");
    const fail = ({ round }: Job) => (round === 2 ? error : undefined);
    await expect(search({ rounds: 3, trials: 2 }, { size: 2, fail })).rejects.toBe(error);
    const throwing = () => {
      throw error;
    };
    await expect(search({ rounds: 1 }, {}, { onResult: throwing })).rejects.toBe(error);
    await expect(search({ rounds: 1 }, {}, { onProgress: throwing })).rejects.toBe(error);
  });
});
