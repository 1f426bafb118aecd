import type { Recovery } from '../vendor-problem.ts';

export const VENDOR = 'BytePlus Ark';

/** What one of the vendor's error codes means for us and for the user. */
type Meaning = {
  readonly code: string;
  readonly recovery: Recovery;
  readonly kind?: 'invalid';
  readonly message: string;
  readonly action: string;
};

const AGAIN = 'Nothing to do: it is tried again by itself.';
const OPERATOR = 'The operator of clipt needs to look at the BytePlus console and ARK_API_KEY.';

export const MEANINGS = {
  busy: {
    code: 'provider_busy',
    recovery: 'retry',
    message: `${VENDOR} is busy.`,
    action: AGAIN,
  },
  unavailable: {
    code: 'provider_unavailable',
    recovery: 'retry',
    message: `${VENDOR} has a fault at the moment.`,
    action: AGAIN,
  },
  timedOut: {
    code: 'provider_timed_out',
    recovery: 'retry',
    message: `${VENDOR} did not answer in time.`,
    action: AGAIN,
  },
  rejectedKey: {
    code: 'provider_rejected_key',
    recovery: 'fail',
    message: `${VENDOR} does not accept the API key.`,
    action: OPERATOR,
  },
  overdue: {
    code: 'provider_overdue',
    recovery: 'fail',
    message: `The account with ${VENDOR} has an open bill.`,
    action: OPERATOR,
  },
  quotaExhausted: {
    code: 'provider_quota_exhausted',
    recovery: 'wait',
    message: `What may be spent with ${VENDOR} is used up.`,
    action: `The work goes on by itself once there is quota again. ${OPERATOR}`,
  },
  modelUnavailable: {
    code: 'provider_model_unavailable',
    recovery: 'fail',
    message: `${VENDOR} does not offer the chosen model to this account.`,
    action:
      'The operator of clipt needs to activate the model in the BytePlus console, or choose another by ARK_VIDEO_MODEL or ARK_CHAT_MODEL.',
  },
  refusedContent: {
    code: 'provider_refused_content',
    recovery: 'fail',
    kind: 'invalid',
    message: `${VENDOR} refused the content.`,
    action: 'Change what the scene says, shows or begins with; then render again.',
  },
  rejectedRequest: {
    code: 'provider_rejected_request',
    recovery: 'fail',
    message: `${VENDOR} did not accept the request.`,
    action:
      'Change the prompt or the pictures. If it stays, report it: it may be a fault of clipt.',
  },
  unusable: {
    code: 'provider_answer_unusable',
    recovery: 'retry',
    message: `${VENDOR} gave an answer that clipt cannot use.`,
    action: AGAIN,
  },
  taskGone: {
    code: 'provider_task_gone',
    recovery: 'fail',
    message: `${VENDOR} does not know the task any more.`,
    action: 'Render again: the scene is filmed anew.',
  },
  fileExpired: {
    code: 'provider_file_expired',
    recovery: 'fail',
    message: `${VENDOR} keeps the finished clip no longer.`,
    action: 'Render again: the scene is filmed anew.',
  },
} as const satisfies Record<string, Meaning>;

export type MeaningName = keyof typeof MEANINGS;
