import type { Counts, Fault, Place, Strike } from './fault-room.ts';

/** Where a film stands when a fault ends or stops it. */
export type Stage = 'script' | 'voice' | 'captions' | 'clips';

export type FailingCase = {
  readonly name: string;
  readonly strikes: readonly Strike[];
  readonly stage: Stage;
  readonly code: string;
  readonly vendorCode?: string;
  /** What the vendors sold, where it is more than came before the fault. */
  readonly sold?: Counts;
  /** What is on record as charged, where it is more than came before the fault. */
  readonly settled?: Counts;
  readonly uncertain?: Counts;
  readonly held?: Counts;
};

export type WaitingCase = {
  readonly name: string;
  readonly at: Place;
  readonly fault: Fault;
  /** Of which every try stays on record, as the vendor may have charged for it. */
  readonly uncertain: keyof Counts | null;
};

/** Strikes once at each call. Counts where they are not one of each, and what stays uncertain. */
export type PassingCase = {
  readonly word: string;
  readonly fault: Fault;
  readonly sold?: Counts;
  readonly settled?: Counts;
  readonly uncertain?: Counts;
};

const refuse = (status: number, code?: string, message?: string) =>
  ({ kind: 'refuse', status, ...(code && { code }), ...(message && { message }) }) as const;

const at = (place: Place, fault: Fault): readonly Strike[] => [{ at: place, fault }];

/** A narration without the times of its words is heard by another model. */
export const HEARD: Strike = { at: 'speak-timed', fault: { kind: 'times', how: 'none' } };

/** Hearing goes on beside filming: the clip is kept away, so that what is bought does not depend on who is first. */
const heard = (fault: Fault): readonly Strike[] => [
  ...[HEARD, { at: 'create-task', fault: refuse(429) } as const],
  { at: 'transcribe', fault },
];

/** What a film has bought when it comes to a stage. */
export const BEFORE: { readonly [S in Stage]: Counts } = {
  script: {},
  voice: {},
  captions: { narration: 1 },
  clips: { narration: 1 },
};

/** A film fails with code, stage and scene. */
export const FAILING: readonly FailingCase[] = [
  {
    ...{ name: 'chat refuses the key', stage: 'script', code: 'provider_rejected_key' },
    ...{ strikes: at('chat', refuse(401)), vendorCode: 'AuthenticationError' },
  },
  {
    ...{ name: 'chat has an open bill', stage: 'script', code: 'provider_overdue' },
    strikes: at('chat', refuse(403, 'AccountOverdueError')),
  },
  {
    ...{ name: 'chat refuses the content', stage: 'script', code: 'provider_refused_content' },
    strikes: at('chat', { kind: 'answer', how: 'content-filter' }),
    ...{ sold: { script: 1 }, settled: { script: 1 } },
  },
  {
    // Each try asks twice, the second time with what is wrong.
    ...{ name: 'chat never keeps to the form', stage: 'script', code: 'provider_answer_unusable' },
    strikes: at('chat', { kind: 'answer', how: 'other-form' }),
    ...{ sold: { script: 10 }, settled: { script: 5 } },
  },
  {
    ...{ name: 'the voice refuses the key', stage: 'voice', code: 'provider_rejected_key' },
    ...{ strikes: at('speak-timed', refuse(401)), vendorCode: 'invalid_api_key' },
  },
  {
    ...{ name: 'the voice refuses the content', stage: 'voice', code: 'provider_refused_content' },
    strikes: at('speak-timed', { kind: 'moderation', at: 'create' }),
  },
  {
    ...{ name: 'the voice is not there', stage: 'voice', code: 'voice_unknown' },
    strikes: at('speak-timed', refuse(404, 'voice_not_found')),
  },
  {
    ...{ name: 'no narration has sound', stage: 'voice', code: 'provider_answer_unusable' },
    strikes: at('speak-timed', { kind: 'missing', fields: ['audio_base64'] }),
    ...{ sold: { narration: 5 }, settled: { narration: 5 } },
  },
  {
    ...{ name: 'hearing refuses the key', stage: 'captions', code: 'provider_rejected_key' },
    ...{ strikes: heard(refuse(401)), vendorCode: 'invalid_api_key' },
  },
  {
    ...{ name: 'hearing knows no such model', stage: 'captions' },
    code: 'provider_model_unavailable',
    strikes: heard(refuse(404, 'model_not_found')),
  },
  {
    ...{ name: 'no hearing has words', stage: 'captions', code: 'provider_answer_unusable' },
    strikes: heard({ kind: 'missing', fields: ['words'] }),
    sold: { narration: 1, transcription: 5 },
    settled: { narration: 1, transcription: 5 },
  },
  {
    ...{ name: 'filming refuses the key', stage: 'clips', code: 'provider_rejected_key' },
    ...{ strikes: at('create-task', refuse(401)), vendorCode: 'AuthenticationError' },
  },
  {
    ...{ name: 'filming has an open bill', stage: 'clips', code: 'provider_overdue' },
    strikes: at('create-task', refuse(403, 'AccountOverdueError')),
  },
  {
    ...{ name: 'filming is not activated', stage: 'clips', code: 'provider_model_unavailable' },
    strikes: at('create-task', refuse(404, 'ModelNotOpen')),
  },
  {
    ...{ name: 'an order is refused', stage: 'clips', code: 'provider_refused_content' },
    strikes: at('create-task', { kind: 'moderation', at: 'create' }),
    vendorCode: 'InputTextSensitiveContentDetected',
  },
  {
    ...{ name: 'an order is refused later', stage: 'clips', code: 'provider_refused_content' },
    strikes: at('create-task', {
      ...{ kind: 'moderation', at: 'later', code: 'InputTextSensitiveContentDetected' },
    }),
    sold: { narration: 1, clip: 1 },
  },
  {
    // What the model happens to make may be fine the next time, which is not tried for ever.
    ...{ name: 'every film is refused', stage: 'clips', code: 'provider_refused_content' },
    strikes: at('create-task', { kind: 'moderation', at: 'later' }),
    vendorCode: 'OutputVideoSensitiveContentDetected',
    sold: { narration: 1, clip: 5 },
  },
  {
    ...{ name: 'every film fails', stage: 'clips', code: 'provider_unavailable' },
    strikes: at('create-task', { kind: 'fails' }),
    vendorCode: 'InternalServiceError',
    sold: { narration: 1, clip: 5 },
  },
  {
    ...{ name: 'no film is ready in time', stage: 'clips', code: 'provider_timeout' },
    strikes: at('create-task', { kind: 'expires' }),
    sold: { narration: 1, clip: 5 },
  },
  {
    ...{ name: 'the links to the film have ended', stage: 'clips', code: 'provider_file_expired' },
    strikes: at('create-task', { kind: 'stale-files' }),
    ...{ sold: { narration: 1, clip: 1 }, settled: { narration: 1, clip: 1 } },
  },
  {
    ...{ name: 'the order is forgotten', stage: 'clips', code: 'provider_task_gone' },
    strikes: at('get-task', refuse(404, 'ResourceNotFound')),
    // It may have been filmed, and charged.
    ...{ sold: { narration: 1, clip: 1 }, uncertain: { clip: 1 } },
  },
  {
    // What is filmed goes on at the vendor, and will be charged.
    ...{ name: 'asking refuses the key', stage: 'clips', code: 'provider_rejected_key' },
    strikes: at('get-task', refuse(401)),
    ...{ sold: { narration: 1, clip: 1 }, held: { clip: 1 } },
  },
];

export const PLACES = {
  chat: { stage: 'script', step: 'script', sells: 'script' },
  'speak-timed': { stage: 'voice', step: 'voice', sells: 'narration' },
  transcribe: { stage: 'captions', step: 'words', sells: 'transcription' },
  'create-task': { stage: 'clips', step: 'clip', sells: 'clip' },
  'get-task': { stage: 'clips', step: 'clip', sells: null },
  file: { stage: 'clips', step: 'clip', sells: null },
} as const satisfies {
  readonly [P in Place]: {
    readonly stage: Stage;
    readonly step: string;
    readonly sells: keyof Counts | null;
  };
};

/** Outages that any call may have, and whether the vendor may have sold what was asked for. */
const OUTAGES: readonly { readonly fault: Fault; readonly maySell: boolean }[] = [
  { fault: refuse(429), maySell: false },
  { fault: refuse(500), maySell: false },
  { fault: { kind: 'html' }, maySell: true },
  { fault: { kind: 'reset' }, maySell: true },
];

const PLACE_NAMES = [
  'chat',
  'speak-timed',
  'transcribe',
  'create-task',
  'get-task',
  'file',
] as const;

/** A film waits with its reason, and goes on by itself. */
export const WAITING: readonly WaitingCase[] = [
  ...PLACE_NAMES.flatMap((place) =>
    OUTAGES.map(({ fault, maySell }) => ({
      name: `${place} is out with ${fault.kind === 'refuse' ? fault.status : fault.kind}`,
      ...{ at: place, fault, uncertain: maySell ? PLACES[place].sells : null },
    })),
  ),
  {
    ...{ name: 'asking is answered with broken JSON', at: 'get-task' },
    ...{ fault: { kind: 'malformed' }, uncertain: null },
  },
  {
    ...{ name: 'the quota of voices is used up', at: 'speak-timed' },
    ...{ fault: refuse(401, 'quota_exceeded'), uncertain: null },
  },
  {
    ...{ name: 'the quota of hearing is used up', at: 'transcribe' },
    ...{ fault: refuse(429, 'insufficient_quota'), uncertain: null },
  },
  {
    ...{ name: 'the plan for filming is used up', at: 'create-task' },
    ...{ fault: refuse(429, 'QuotaExceeded', 'The plan is used up.'), uncertain: null },
  },
];

export const ONE_EACH: Counts = { script: 1, narration: 1, transcription: 1, clip: 1 };

/** One call each whose answer is lost: clips are found in the vendor's list, for the others there is none. */
const ANSWER_LOST = {
  sold: { script: 2, narration: 2, transcription: 2 },
  uncertain: { script: 1, narration: 1, transcription: 1 },
} as const;

/** A film suffers each fault at every call, and is finished all the same. */
export const PASSING: readonly PassingCase[] = [
  { word: 'bittern', fault: refuse(429) },
  { word: 'curlew', fault: refuse(500) },
  { word: 'dotterel', fault: { kind: 'latency', ms: 800 } },
  { word: 'egret', fault: { kind: 'trickle', bytes: 8_192, everyMs: 5 } },
  { word: 'fulmar', fault: { kind: 'extra' } },
  // Nothing was sold, which only the vendor knows; of clips, it has nothing on its list.
  { word: 'gannet', fault: { kind: 'html' }, uncertain: ONE_EACH },
  { word: 'harrier', fault: { kind: 'reset', when: 'before' }, uncertain: ONE_EACH },
  { word: 'ibis', fault: { kind: 'reset', when: 'after' }, ...ANSWER_LOST },
  { word: 'jackdaw', fault: { kind: 'truncate' }, ...ANSWER_LOST },
  {
    // What was charged for is told by headers where a vendor has them.
    ...{ word: 'kestrel', fault: { kind: 'malformed' } },
    sold: { script: 2, narration: 2, transcription: 2 },
    settled: { narration: 2, transcription: 2 },
    uncertain: { script: 1 },
  },
  {
    ...{ word: 'lapwing' },
    fault: { kind: 'missing', fields: ['id', 'status', 'choices', 'audio_base64', 'words'] },
    sold: { script: 2, narration: 2, transcription: 2 },
    settled: { narration: 2, transcription: 2 },
    uncertain: { script: 1 },
  },
];
