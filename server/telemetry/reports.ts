/** A fault of ours, in four words that are ours: nothing of whoever met it. */
export type Fault = {
  readonly code: string;
  /** Where in the work: the kind of a step, a queue, or the event that was logged. */
  readonly stage: string;
  /** Of the API, by its id in the document. */
  readonly operation: string | null;
  readonly requestId: string | null;
};

/** How long an operation took. */
export type Timing = {
  readonly operation: string;
  /** Of the answer. */
  readonly status: number;
  readonly durationMs: number;
};

/** Where faults and timings go. */
export type Reports = {
  fault(fault: Fault): void;
  timing(timing: Timing): void;
  /** Resolves once what is under way has arrived, or after two seconds. */
  close(): Promise<void>;
};
