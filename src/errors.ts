/** A worker that ended, or never started, before it answered; `cause` is what the host said, if anything. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly code = "ERR_WORKER";
}
