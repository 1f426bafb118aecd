import type { Scope, SessionStage } from '../../server/platform/http/endpoint.ts';

/** Who may ask for an operation, as it was promised and not as the code has it. */
export type Promised = {
  /** `session`: a browser's session and no key; `staff`: a session of staff; a scope: keys that have it, and sessions. */
  readonly who: 'anybody' | 'session' | 'staff' | Scope;
  /** Which sessions, where not those that are full. */
  readonly stages?: readonly SessionStage[];
  /** Asks for a proof of the last ten minutes. */
  readonly proof?: true;
  /** Open to staff who look at an account, though it is no matter of films. */
  readonly looking?: true;
  /** Nothing begins it but a page of the installation. */
  readonly pagesOnly?: true;
  /** What it needs to get as far as the thing that its address names. */
  readonly body?: unknown;
  readonly bodyType?: string;
};

const ANY_STAGE = ['full', 'second_factor', 'restore'] as const;
const reads = { who: 'videos:read' } as const;
const writes = { who: 'videos:write' } as const;
const hooks = { who: 'webhooks' } as const;
const account = { who: 'account:read' } as const;
const session = { who: 'session' } as const;
const proven = { who: 'session', proof: true } as const;
const anybody = { who: 'anybody' } as const;

/** One row for each operation of the service: an operation without one fails the check. */
export const PROMISES: Readonly<Record<string, Promised>> = {
  // Sign-in, sessions and what else is there for whoever comes.
  signInWithGoogle: { ...anybody, pagesOnly: true },
  returnFromGoogle: anybody,
  beginSession: anybody,
  takeClipHint: anybody,
  reportCsp: { ...anybody, bodyType: 'application/reports+json', body: [] },
  getMe: { ...session, stages: ANY_STAGE, looking: true },
  signOut: { ...session, stages: ANY_STAGE, looking: true },
  listSessions: session,
  endSession: proven,

  // The second factor.
  getTwoFactor: session,
  enrolTwoFactor: proven,
  confirmTwoFactor: session,
  disableTwoFactor: proven,
  renewRecoveryCodes: proven,
  answerChallenge: { ...session, stages: ['second_factor'] },
  stepUp: session,

  // A person's own matters: no key reaches them.
  getTelemetry: session,
  setTelemetry: session,
  listKeys: session,
  createKey: proven,
  rotateKey: { ...proven, body: {} },
  revokeKey: proven,
  getOwnAccount: { ...session, stages: ['full', 'restore'] },
  deleteOwnAccount: proven,
  restoreOwnAccount: { ...session, stages: ['restore'] },
  requestExport: proven,
  listExports: proven,
  getExport: proven,
  downloadExport: proven,
  importExport: proven,

  // Staff who look at an account, and what its person sees of that.
  beginImpersonation: { who: 'staff', proof: true },
  endImpersonation: { who: 'staff', looking: true },
  listStaffAccess: session,

  // What else is for staff.
  searchAccounts: { who: 'staff', body: { query: 'ada@example.org' } },
  viewAccount: { who: 'staff' },
  listAuditRecords: { who: 'staff' },
  listModerationMatches: { who: 'staff' },
  listDeadLetters: { who: 'staff' },
  retryDeadLetter: { who: 'staff', proof: true },

  // Films.
  writeIdeas: writes,
  writeScript: writes,
  enhancePrompt: writes,
  listVoices: reads,
  listStyles: reads,
  listMusic: reads,
  listFormats: reads,
  createVideo: writes,
  listVideos: reads,
  getVideo: reads,
  editVideo: { ...writes, body: { title: 'Another' } },
  deleteVideo: writes,
  renderVideo: writes,
  cancelVideo: writes,
  streamVideoEvents: reads,
  listVideoFiles: reads,
  getRenderFile: reads,
  editScene: { ...writes, body: { narration: 'Another.' } },
  listTakes: reads,
  createTake: { ...writes, body: {} },
  chooseTake: { ...writes, body: { take_id: null } },
  getTakeClip: reads,

  // Footage.
  createUpload: writes,
  getUpload: reads,
  completeUpload: writes,
  createTranscript: writes,
  listTranscripts: reads,
  getTranscript: reads,
  getTranscriptFile: reads,
  deleteTranscript: writes,

  // What happened, and telling others.
  listEvents: hooks,
  getEvent: hooks,
  resendEvent: { ...hooks, body: {} },
  createWebhookEndpoint: hooks,
  listWebhookEndpoints: hooks,
  getWebhookEndpoint: hooks,
  changeWebhookEndpoint: { ...hooks, body: { description: 'Another' } },
  deleteWebhookEndpoint: hooks,
  rotateWebhookSecret: { ...hooks, body: {} },
  testWebhookEndpoint: hooks,
  listWebhookDeliveries: hooks,
  resendEvents: { ...hooks, body: { from: '2026-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' } },

  // The account.
  getAccount: account,
  getCredits: account,
  listCreditEntries: account,
};
