/** The page: four parts that ask one worker. */
import { client } from "./client.js";
import { findPart } from "./find/view.js";
import { prunePart } from "./prune/view.js";
import { racePart } from "./race/view.js";
import { strongPart } from "./strong/view.js";

const failure = document.getElementById("failure") as HTMLElement;
const tell = (text: string) => {
  failure.textContent = `Something failed: ${text}`;
  failure.hidden = false;
};
addEventListener("error", ({ message }) => tell(message));
addEventListener("unhandledrejection", ({ reason }) => tell(String(reason?.message ?? reason)));

const ask = client(new URL("worker.js", document.baseURI));
findPart(ask);
prunePart(ask);
strongPart(ask);
racePart(ask);
document.documentElement.dataset.ready = "true";
performance.mark("ready");
