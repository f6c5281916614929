/** Which browser the tests drive. */
import { existsSync } from "node:fs";

/** The Chromium of the npm package on Linux x64, an installed one elsewhere. */
export async function launchOptions() {
  if (process.platform === "linux" && process.arch === "x64") {
    const { default: chromium } = await import("@sparticuz/chromium");
    return { executablePath: await chromium.executablePath(), args: chromium.args };
  }
  const installed = process.env.CHROME_PATH;
  if (installed && existsSync(installed)) return { executablePath: installed };
  return { channel: "chrome" };
}
