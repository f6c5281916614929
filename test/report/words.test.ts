import { expect, test } from "vitest";
import { accuracy, density, duration, methodName, points, stop, whole } from "../../src/report/words.js";

test.each([
  [1, "100%"],
  [0.9996, "100%"],
  [0.9994, "99.9%"],
  [0.21071, "21.1%"],
  [0.06946, "6.9%"],
  [0.012, "1.2%"],
  [0.0099, "1.0%"],
  [0.0094, "0.94%"],
  [0.00031, "0.031%"],
])("density %f", (share, text) => {
  expect(density(share)).toBe(text);
});

test.each([
  [0, "0"],
  [999.4, "999"],
  [1000, "1,000"],
  [266_200, "266,200"],
  [1_234_567, "1,234,567"],
])("whole %f", (value, text) => {
  expect(whole(value)).toBe(text);
});

test("accuracies, differences, stops, times, methods", () => {
  expect(accuracy(0.98214)).toBe("98.21%");
  expect([0.0012, -0.0012, 0.00004, -0.00004].map(points)).toEqual(["+0.12", "−0.12", "±0.00", "±0.00"]);
  expect([1300, null].map(stop)).toEqual(["1,300", "not reached"]);
  expect([3.14, 59.96, 372.4, 3599.7, 7322].map(duration)).toEqual([
    "3.1 s",
    "60.0 s",
    "6 min 12 s",
    "1 h 0 min",
    "2 h 2 min",
  ]);
  expect(methodName("imp")).toBe("iterative magnitude pruning");
  expect(methodName("edge-popup")).toBe("edge-popup, weights untrained");
});
