import { describe, expect, test } from "vitest";
import { tableOf, verdictOf } from "../../src/cli/find-output.js";
import { type Control, chosenRound, type Round } from "../../src/index.js";

const control = (accuracy: number): Control => ({ accuracy, earlyStopIteration: null, trials: [] });

function rounds(...accuracies: number[]): Round[] {
  return accuracies.map((accuracy, round) => ({
    round,
    density: 0.8 ** round,
    layers: [],
    accuracy,
    earlyStopIteration: round === 1 ? 1300 : null,
    trials: [],
    control: { reinitialised: round === 2 ? control(0.9) : null, shuffled: null },
  }));
}

describe("the chosen round", () => {
  test.each([
    [[0.97, 0.98, 0.975, 0.96], 2, "the sparsest that is not below dense"],
    [[0.97, 0.96, 0.97, 0.9], 2, "level counts"],
    [[0.97, 0.96, 0.95], 1, "the best when none reaches dense"],
    [[0.97, 0.96, 0.96], 2, "the sparser of two that are equally good"],
    [[0.97], 0, "dense when nothing was pruned"],
  ])("of %j is %i: %s", (accuracies, round) => {
    expect(chosenRound(rounds(...accuracies)).round).toBe(round);
  });
});

test("the verdict says what was found, and against what", () => {
  expect(verdictOf(rounds(0.97, 0.98, 0.975))).toBe(
    "The ticket of round 2 ends at 97.50% with 64.0% of the weights, the dense network at 97.00%, " +
      "the same mask with new weights at 90.00%.",
  );
  expect(verdictOf(rounds(0.97, 0.96))).toBe(
    "No ticket reaches the dense network's 97.00%: the best one, round 1, " +
      "ends at 96.00% with 80.0% of the weights.",
  );
  expect(verdictOf(rounds(0.97))).toBe("The dense network ends at 97.00%; nothing was pruned.");
});

test("the table has one line a round", () => {
  expect(tableOf(rounds(0.97, 0.98, 0.975))).toBe(
    [
      "round   kept  test accuracy   early stop  reinitialised",
      "    0   100%         97.00%  not reached",
      "    1  80.0%         98.00%        1,300",
      "    2  64.0%         97.50%  not reached         90.00%",
      "",
    ].join("\n"),
  );
});
