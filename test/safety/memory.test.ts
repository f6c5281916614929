/** Cores that come and go give their memory back. */
import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { collectGarbage } from "../harness/gc.js";

const MIB = 2 ** 20;
/** Of address space and of pages that were written to. */
const used = () => process.memoryUsage().rss / MIB;

test("300 cores of 64 MiB, one after the other", async () => {
  const before = used();
  let most = 0;
  for (let i = 0; i < 300; i++) {
    const core = openSync({ memoryLimitMiB: 65 });
    const ptr = core.allocate(63 * MIB);
    // So that the host has to give some of it.
    core.u8(ptr, MIB).fill(1);
    core.dispose();
    if (i % 50 === 49) await collectGarbage();
    most = Math.max(most, used() - before);
  }
  await collectGarbage();
  // 19 GiB were handed out in all.
  expect(most).toBeLessThan(2048);
});

test("600 small cores that nobody disposed of", async () => {
  await collectGarbage();
  const registry = new FinalizationRegistry(() => gone++);
  let gone = 0;
  for (let i = 0; i < 600; i++) {
    const core = openSync({ memoryLimitMiB: 1 });
    registry.register(core, i);
    core.matrix(4, 4);
    if (i % 200 === 199) await collectGarbage();
  }
  await collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(gone).toBeGreaterThan(590);
});
