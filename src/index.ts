export { WorkerError } from "./errors.js";
export { decodeResult, encodeResult } from "./search/checkpoint.js";
export type * from "./search/contract.js";
export { searchTickets } from "./search/iterative-magnitude.js";
export { jobId } from "./search/plan.js";
export { encodeTicket, type Origin } from "./search/ticket-file.js";
