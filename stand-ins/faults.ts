import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { z } from 'zod';

/** Whether what a request asks for is done before the fault strikes: then only the answer is lost. */
const when = z.enum(['before', 'after']).default('before');

/** What can go wrong at any vendor. */
const general = [
  /** Every answer takes so much longer. */
  z.strictObject({ kind: z.literal('latency'), ms: z.int().min(0).max(600_000) }),
  /** Refused, in the vendor's own envelope; nothing is done. `code` is one of the vendor's own. */
  z.strictObject({
    kind: z.literal('refuse'),
    status: z.int().min(400).max(599),
    code: z.string().optional(),
    message: z.string().optional(),
    retryAfterSeconds: z.number().positive().optional(),
  }),
  /** The page of a proxy in front of the vendor. */
  z.strictObject({
    kind: z.literal('html'),
    status: z.int().min(400).max(599).default(504),
    when,
  }),
  /** Done, and answered with a success whose body is not quite JSON. */
  z.strictObject({ kind: z.literal('malformed') }),
  /** Done, and the connection ends in the middle of an answer whose length was promised. */
  z.strictObject({ kind: z.literal('truncate') }),
  /** Done, and the answer comes a few bytes at a time. */
  z.strictObject({
    kind: z.literal('trickle'),
    bytes: z.int().positive().default(64),
    everyMs: z.int().positive().default(10),
  }),
  /** The connection is reset in place of an answer. */
  z.strictObject({ kind: z.literal('reset'), when }),
  /** No answer ever comes. */
  z.strictObject({ kind: z.literal('silence'), when }),
  /** Fields of the JSON answer are left out; `items.*.seed` reaches into lists. */
  z.strictObject({ kind: z.literal('missing'), fields: z.array(z.string()).min(1) }),
  /** Every object of the JSON answer has fields that nobody has heard of. */
  z.strictObject({ kind: z.literal('extra') }),
] as const;

/** What can go wrong with a filming task; given to the route that creates it. */
const filming = [
  /** Refused for its content: at once, or when the film is made. */
  z.strictObject({
    kind: z.literal('moderation'),
    at: z.enum(['create', 'later']),
    code: z.string().optional(),
  }),
  /** The task is never done. */
  z.strictObject({ kind: z.literal('endless') }),
  /** The task runs as long as others do, and fails. */
  z.strictObject({
    kind: z.literal('fails'),
    code: z.string().default('InternalServiceError'),
    message: z.string().default('The service encountered an unexpected internal error.'),
  }),
  /** The task is not filmed within its time. */
  z.strictObject({ kind: z.literal('expires') }),
  /** Links to the finished files answer as if 24 hours had passed. */
  z.strictObject({ kind: z.literal('stale-files') }),
  /** Callbacks come twice, late, never, or besides the true ones a forged one. */
  z.strictObject({
    kind: z.literal('callbacks'),
    how: z.enum(['duplicate', 'late', 'never', 'forged']),
    lateMs: z.int().min(0).default(1_000),
  }),
] as const;

/** What can go wrong with an answer of a chat model. */
const chat = z.strictObject({
  kind: z.literal('answer'),
  how: z.enum(['no-json', 'other-form', 'content-filter', 'cut']),
});

/** What can go wrong with a narration: its times are missing, or do not fit its sound. */
const speech = z.strictObject({
  kind: z.literal('times'),
  how: z.enum(['none', 'uneven', 'beyond']),
});

export const fault = z.discriminatedUnion('kind', [...general, ...filming, chat, speech]);
export type Fault = z.infer<typeof fault>;

export const faultRule = z.strictObject({
  /** The name of a route, or `*` for all of a stand-in. */
  route: z.string().min(1),
  fault,
  /** How often it strikes; null for always. */
  times: z.int().positive().nullable().default(null),
  /** So many requests that match are spared first. */
  after: z.int().min(0).default(0),
  /** 0 to 1; drawn from a seeded sequence, so that a run can be repeated. */
  probability: z.number().min(0).max(1).default(1),
  /** Strikes only requests whose body holds this text, or the order that they are about. */
  including: z.string().min(1).nullable().default(null),
});
export type FaultRule = z.input<typeof faultRule>;

type Armed = z.infer<typeof faultRule> & { matched: number; struck: number };

export type FaultBook = {
  /** Arms a rule and returns what disarms it. Throws a `ZodError` for one that is none. */
  add(rule: FaultRule): () => void;
  clear(): void;
  /** The rules, and how often each has struck. */
  list(): readonly (FaultRule & { readonly struck: number })[];
  /** What strikes this request; counts it. */
  strike(route: string, body: string): readonly Fault[];
};

/** The faults that a stand-in is told to have. */
export function makeFaultBook(seed = 1): FaultBook {
  const random = xoroshiro128plus(seed);
  let rules: Armed[] = [];

  function strikes(rule: Armed, route: string, body: string): boolean {
    if (rule.route !== '*' && rule.route !== route) return false;
    if (rule.including !== null && !body.includes(rule.including)) return false;
    rule.matched += 1;
    if (rule.matched <= rule.after) return false;
    if (rule.times !== null && rule.struck >= rule.times) return false;
    if (rule.probability < 1 && uniformFloat64(random) >= rule.probability) return false;
    rule.struck += 1;
    return true;
  }

  return {
    add(rule) {
      const armed = { ...faultRule.parse(rule), matched: 0, struck: 0 };
      rules.push(armed);
      return () => {
        rules = rules.filter((one) => one !== armed);
      };
    },
    clear() {
      rules = [];
    },
    list: () => rules.map(({ matched, ...rule }) => rule),
    strike: (route, body) =>
      rules.filter((rule) => strikes(rule, route, body)).map((rule) => rule.fault),
  };
}

/** The first fault of a kind among those that struck. */
export function faultOf<Kind extends Fault['kind']>(
  faults: readonly Fault[],
  kind: Kind,
): Extract<Fault, { kind: Kind }> | undefined {
  return faults.find((one): one is Extract<Fault, { kind: Kind }> => one.kind === kind);
}
