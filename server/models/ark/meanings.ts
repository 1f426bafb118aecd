import { commonMeanings, type Meaning } from '../vendor-meanings.ts';

export const VENDOR = 'BytePlus Ark';

const OPERATOR = 'The operator of clipt needs to look at the BytePlus console and ARK_API_KEY.';

/** What the vendor's error codes mean for us and for the user. */
export const MEANINGS = {
  ...commonMeanings(VENDOR, OPERATOR),
  overdue: {
    code: 'provider_overdue',
    recovery: 'fail',
    message: `The account with ${VENDOR} has an open bill.`,
    action: OPERATOR,
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
