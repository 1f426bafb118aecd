import type { Caller } from './endpoint.ts';

/** What is known of an operation once it is answered: names and figures of ours, nothing that its sender wrote. */
export type Answered = {
  /** Its id in the document, such as `createVideo`. */
  readonly operation: string;
  /** Null for nobody, and for who was not admitted. */
  readonly caller: Caller | null;
  /** Of the answer. */
  readonly status: number;
  readonly durationMs: number;
  readonly asksNotToBeTracked: boolean;
};

/** Called with every operation that was answered; it must neither wait nor throw. */
export type Observe = (answered: Answered) => void;

/** Do Not Track, or its successor Global Privacy Control. */
export function asksNotToBeTracked(header: (name: string) => string | undefined): boolean {
  return header('dnt') === '1' || header('sec-gpc') === '1';
}
