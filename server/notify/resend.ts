import { z } from 'zod';
import { askedPauseMs, isSuccess, readJson } from '../models/vendor-answer.ts';
import {
  commonMeanings,
  type Meaning,
  makeProblems,
  meaningOfStatus,
} from '../models/vendor-meanings.ts';
import {
  bearer,
  type EgressAnswer,
  type EgressPolicy,
  type EgressRequest,
  makeEgress,
} from '../platform/egress/egress.ts';
import type { WrittenMail } from './write-mail.ts';

export type ResendOptions = {
  /** The first is used; the next where the vendor does not take it. */
  readonly apiKeys: readonly string[];
  readonly baseUrl: string;
  /** `name@host` or `Name <name@host>`, at a domain that the key may send for. */
  readonly from: string;
};

/** Sends mail. What is sent again under the same key is delivered once. */
export type SendMail = (
  mail: WrittenMail & { readonly to: string },
  call: { readonly idempotencyKey: string; readonly signal: AbortSignal },
) => Promise<{ readonly vendorId: string | null }>;

const VENDOR = 'Resend';
const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const OPERATOR = 'The operator of clipt needs to look at the Resend account and RESEND_API_KEY.';

const { problem, ofFailure } = makeProblems({
  ...commonMeanings(VENDOR, OPERATOR),
  rejectedRequest: {
    code: 'provider_rejected_request',
    recovery: 'fail',
    message: `${VENDOR} did not accept the mail.`,
    action: 'The operator of clipt needs to look at MAIL_FROM and the domain at Resend.',
  },
} as const satisfies Record<string, Meaning>);

type MeaningName = Parameters<typeof problem>[0];

/** The names of its errors (Resend, error page, 2026-08). */
const NAMES: Readonly<Record<string, MeaningName>> = {
  missing_api_key: 'rejectedKey',
  restricted_api_key: 'rejectedKey',
  invalid_api_key: 'rejectedKey',
  rate_limit_exceeded: 'busy',
  concurrent_idempotent_requests: 'busy',
  daily_quota_exceeded: 'quotaExhausted',
  monthly_quota_exceeded: 'quotaExhausted',
};
const STATUSES: Readonly<Record<number, MeaningName>> = {
  401: 'rejectedKey',
  408: 'timedOut',
  429: 'busy',
};
/** The same key came with other words: an earlier try arrived, before settings or wording changed. */
const SENT_BEFORE = 'invalid_idempotent_request';

const accepted = z.object({ id: z.string().regex(/^[\w-]{1,80}$/) });
const refused = z.object({ name: z.string() });

/** All that may be said to the vendor: a mail, where it goes, and nothing else about anybody. */
function policyOf(baseUrl: string): EgressPolicy {
  return {
    vendor: VENDOR,
    baseUrl,
    fileHosts: [],
    headers: ['authorization', 'idempotency-key'],
    routes: [
      {
        method: 'POST',
        path: '/emails',
        json: { from: true, to: [true], subject: true, text: true, html: true },
      },
    ],
  };
}

/**
 * Mail by Resend. Resolves once the vendor has the mail, with its id for it, or null where only an earlier try can have
 * told. Rejects with a `VendorProblem` that says whether another try is worth it.
 */
export function makeResend({ apiKeys, baseUrl, from }: ResendOptions): SendMail {
  const egress = makeEgress(policyOf(baseUrl), bearer(apiKeys, [401, 403]));
  return async ({ to, subject, text, html }, { idempotencyKey, signal }) => {
    const request: EgressRequest = {
      method: 'POST',
      path: '/emails',
      headers: { 'idempotency-key': idempotencyKey },
      json: { from, to: [to], subject, text, html },
    };
    const call = { signal, timeoutMs: ANSWER_MS, maxBytes: MAX_ANSWER_BYTES };
    const answer = await egress.send(request, call).catch((error: unknown) => {
      throw ofFailure(error);
    });
    return { vendorId: readAnswer(answer) };
  };
}

function readAnswer(answer: EgressAnswer): string | null {
  const json = readJson(answer.bytes);
  if (isSuccess(answer)) {
    const { data } = accepted.safeParse(json);
    if (data === undefined) throw problem('unusable');
    return data.id;
  }
  const name = refused.safeParse(json).data?.name ?? null;
  if (name === SENT_BEFORE) return null;
  throw problem(meaningOf(name, answer.status), {
    vendorCode: name,
    retryAfterMs: askedPauseMs(answer.headers),
  });
}

function meaningOf(name: string | null, status: number): MeaningName {
  const known = name !== null && Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return known ?? meaningOfStatus(status, STATUSES);
}
