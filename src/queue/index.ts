/** `golden-ticket/queue`: the same work on any number of machines, over PostgreSQL. */
export type { TaskQueue } from "../runtime/elsewhere.js";
export type { JobRow, WorkerRow } from "./jobs.js";
export { openQueue, Queue, type QueueOptions } from "./queue.js";
export { cancelJob, type QueueStatus, statusOf } from "./status.js";
export { runWorker, type WorkerOptions } from "./worker.js";
