/** The last line of a run, for who reads no summary: "5193 passed, 0 failed". */
import type { Reporter } from "vitest/node";

export const counts: Reporter = {
  onTestRunEnd(modules, errors) {
    const states = modules.flatMap(({ children }) =>
      [...children.allTests()].map((test) => test.result().state),
    );
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const failed = states.filter((state) => state === "failed").length + broken;
    console.log(`${states.filter((state) => state === "passed").length} passed, ${failed} failed`);
  },
};
