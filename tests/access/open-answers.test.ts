import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { type ApiService, type Credential, openService } from '../api/service.ts';
import { codeOf } from '../api/shapes.ts';
import { addAccount } from '../harness/accounts.ts';

/** Whoever is let in no more hears no more either: of answers that go on, over HTTP. */

/** What is promised, with room for a busy machine. */
const FEW_SECONDS = 15_000;

let service: ApiService;
let person: Awaited<ReturnType<ApiService['addPerson']>>;
let video: string;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

beforeEach(async () => {
  person = await service.addPerson(await addAccount(service.db));
  const made = await service.request('POST', '/v1/videos', {
    ...{ as: person.key, body: { topic: 'Bees' } },
  });
  video = `/v1/videos/${z.object({ id: z.string() }).parse(made.json).id}`;
});

/** Follows the video's events; `end` resolves when the stream is over. */
async function follow(as: Credential) {
  const answer = await service.open('GET', `${video}/events`, { as });
  expect(answer.status).toBe(200);
  const follower = { hasEnded: false, end: Promise.resolve() };
  follower.end = answer.text().then(() => {
    follower.hasEnded = true;
  });
  return follower;
}

/** Waits for news of the video, which does not come. */
const poll = (as: Credential) => service.request('GET', `${video}?wait=25`, { as });

const withdrawals = {
  'a key that is revoked': async () => {
    const { id, as } = await person.addKey('videos:read');
    return { as, end: () => ask('DELETE', `/app/keys/${id}`), refused: [401, 'invalid_key'] };
  },
  'a key that is rotated': async () => {
    const { id, as } = await person.addKey('videos:read');
    const end = () => ask('POST', `/app/keys/${id}/rotate`, { grace_hours: 0 });
    return { as, end, refused: [401, 'invalid_key'] };
  },
  'a key whose time is over': async () => {
    const { id, as } = await person.addKey('videos:read');
    const end = () =>
      service.db.execute(sql`update api_keys set expires_at = now() where id = ${id}`);
    return { as, end, refused: [401, 'invalid_key'] };
  },
  'a session that is revoked': async () => {
    const { id, as } = await person.addSession();
    return { as, end: () => ask('DELETE', `/app/sessions/${id}`), refused: [401, 'session_ended'] };
  },
  'a session whose token was changed': async () => {
    const { id, as } = await person.addSession();
    const end = () =>
      service.clipt.sessions.renew(service.db, { accountId: person.id, id, stage: 'full' });
    return { as, end, refused: [401, 'session_ended'] };
  },
  'a look of staff that they ended': async () => {
    const as = await look();
    const end = () =>
      service.request('DELETE', '/app/admin/impersonations/current', { as: service.owner.session });
    return { as, end, refused: [403, 'impersonation_forbidden'] };
  },
  'a look of staff whose session is revoked': async () => {
    const staff = await service.addPerson(service.owner.id);
    const { id, as: session } = await staff.addSession();
    const end = () => service.clipt.sessions.revoke(service.owner.id, id);
    return { as: await look(session), end, refused: [401, 'session_ended'] };
  },
} as const;

async function ask(method: string, path: string, body?: unknown): Promise<void> {
  const { status } = await service.request(method, path, {
    ...{ as: person.session, ...(body === undefined ? {} : { body }) },
  });
  expect(status).toBeLessThan(300);
}

async function look(as: Credential = service.owner.session): Promise<Credential> {
  const begun = await service.request('POST', '/app/admin/impersonations', {
    ...{ as, body: { account_id: person.id, reason: 'They cannot play their film.' } },
  });
  expect(begun.status).toBe(201);
  const set = begun.headers.get('set-cookie') ?? '';
  return { cookie: `${as['cookie']}; ${set.split(';')[0]}`, origin: service.url };
}

describe('within seconds of the end of', () => {
  test.for(Object.entries(withdrawals))('%s', { timeout: FEW_SECONDS }, async ([, withdraw]) => {
    const { as, end, refused } = await withdraw();
    const [stream, waiting] = [await follow(as), poll(as)];
    await end();
    await stream.end;
    const answer = await waiting;
    expect([answer.status, codeOf(answer)]).toEqual(refused);
  });
});

test('whoever is still let in hears on, until the account is deleted', {
  timeout: FEW_SECONDS,
}, async () => {
  const [kept, revoked] = [await person.addKey('videos:read'), await person.addKey('videos:read')];
  const [stays, ends] = [await follow(kept.as), await follow(revoked.as)];
  const bySession = await follow(person.session);
  await ask('DELETE', `/app/keys/${revoked.id}`);
  await ends.end;
  expect([stays.hasEnded, bySession.hasEnded]).toEqual([false, false]);
  await ask('DELETE', '/app/account', { confirmation: 'delete my account' });
  await Promise.all([stays.end, bySession.end]);
});
