import type { Audit } from '../audit/audit.ts';
import {
  type DeadLetter,
  type DeadLetters,
  type LetterSource,
  makeDeadLetters,
} from '../dead-letters/dead-letters.ts';
import type { Notify } from '../notify/notify.ts';
import { isId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import { listUncertain, refuseToBuyAgain } from '../purchases/purchases.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Bells } from './bells.ts';

type SourceDeps = {
  readonly db: Database;
  readonly webhooks: Pick<Webhooks, 'listFailed' | 'retryFailed'>;
  readonly notify: Pick<Notify, 'listGivenUp' | 'retryGivenUp'>;
  readonly bells: Pick<Bells, 'listDead' | 'retryDead'>;
};

/** What came to nothing anywhere: each capability's own, as one list. */
export function openDeadLetters({
  audit,
  ...deps
}: SourceDeps & { readonly audit: Pick<Audit, 'write'> }): DeadLetters {
  return makeDeadLetters({
    ...{ db: deps.db, audit },
    sources: [deliveriesOf(deps), mailsOf(deps), jobsOf(deps), purchasesOf(deps)],
  });
}

function deliveriesOf({ webhooks }: SourceDeps): LetterSource {
  return {
    ...{ kind: 'webhook_delivery', prefix: 'dlv' },
    list: async (page) =>
      (await webhooks.listFailed(behind('dlv', page))).map((row) => ({
        ...letterOf(row.id),
        ...{ kind: 'webhook_delivery', what: row.eventType, about: row.eventId },
        ...{ accountId: row.accountId, tries: row.tries, canBeRetried: true },
        code: row.statusCode === null ? row.errorCode : `http_${row.statusCode}`,
        ...{ createdAt: row.createdAt, failedAt: row.updatedAt },
      })),
    retry: async (tx, id) => (isId('dlv', id) ? await webhooks.retryFailed(tx, id) : null),
  };
}

function mailsOf({ notify }: SourceDeps): LetterSource {
  return {
    ...{ kind: 'mail', prefix: 'eml' },
    list: async (page) =>
      (await notify.listGivenUp(behind('eml', page))).map((row) => ({
        ...letterOf(row.id),
        ...{ kind: 'mail', what: row.kind, accountId: row.accountId, code: row.errorCode },
        ...{ tries: row.tries, canBeRetried: row.accountId !== null },
        ...{ createdAt: row.createdAt, failedAt: row.updatedAt },
      })),
    retry: async (tx, id) => (isId('eml', id) ? await notify.retryGivenUp(tx, id) : null),
  };
}

/** A job names a row of somebody, and does not say whose. */
function jobsOf({ bells }: SourceDeps): LetterSource {
  return {
    ...{ kind: 'job', prefix: 'job' },
    list: async (page) =>
      (await bells.listDead(page)).map((job) => ({
        ...letterOf(`job_${job.id.replaceAll('-', '')}`),
        ...{ place: job.place, kind: 'job', what: job.queue, about: idIn(job.payload) },
        ...{ code: job.code, tries: job.attempts, canBeRetried: true },
        ...{ createdAt: job.failedAt, failedAt: job.failedAt },
      })),
    retry: async (tx, id) =>
      isId('job', id) && (await bells.retryDead(tx, id.slice('job_'.length)))
        ? { accountId: null }
        : null,
  };
}

function purchasesOf({ db }: SourceDeps): LetterSource {
  return {
    ...{ kind: 'purchase', prefix: 'pur' },
    list: async (page) =>
      (await listUncertain(db, behind('pur', page))).map((row) => ({
        ...letterOf(row.id),
        ...{ kind: 'purchase', what: `${row.kind} by ${row.model}`, about: row.videoId },
        ...{ accountId: row.accountId, code: 'order_uncertain', costMicroUsd: row.costMicroUsd },
        ...{ createdAt: row.createdAt, failedAt: row.endedAt ?? row.createdAt },
      })),
    async retry(tx, id) {
      if (isId('pur', id)) await refuseToBuyAgain(tx, id);
      return null;
    },
  };
}

type Page = Parameters<LetterSource['list']>[0];

/** The page by ids of one kind, which grow with time as places do. */
function behind(prefix: LetterSource['prefix'], { before, limit }: Page): Page {
  return { before: before === null ? null : `${prefix}_${before}`, limit };
}

function letterOf(id: string) {
  return {
    ...{ id, place: id.slice(id.indexOf('_') + 1), about: null, accountId: null, code: null },
    ...{ tries: null, costMicroUsd: null, canBeRetried: false },
  } satisfies Partial<DeadLetter>;
}

/** The id of the row that a job names; it holds nothing else. */
function idIn(payload: unknown): string | null {
  const values = typeof payload === 'object' && payload !== null ? Object.values(payload) : [];
  const [id] = values.filter((value) => typeof value === 'string');
  return id !== undefined && /^[a-z]{3}_[0-9a-f]{32}$/.test(id) ? id : null;
}
