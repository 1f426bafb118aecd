import { createHash, randomBytes } from 'node:crypto';
import { storagePrefixOf } from '../../server/accounts/accounts.ts';
import { type AccountId, newId } from '../../server/platform/ids.ts';
import type { ObjectStore } from '../../server/platform/objects/objects.ts';
import type { Database } from '../../server/platform/postgres/database.ts';
import { sql } from '../../server/platform/postgres/drizzle.ts';
import { nameOf } from '../../server/privacy/account-rows.ts';
import { OWNED_TABLES, type OwnedTable } from '../../server/privacy/registry.ts';
import { addAccount } from './accounts.ts';

type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [name: string]: Value };
type Row = Readonly<Record<string, Value>>;

export type SeededAccount = {
  readonly id: AccountId;
  readonly storagePrefix: string;
  /** In every text that a person could have written. */
  readonly canary: string;
  /** The rows of each table as they were written, the account's own row apart. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** The stored files, by their keys. */
  readonly files: ReadonlyMap<string, Buffer>;
};

/**
 * An account with rows in every table that can hold any, and with the files that they name. Fails for a table that it has
 * no rows for, so that whoever adds a table adds them.
 */
export async function seedAccount({
  db,
  objects,
}: {
  readonly db: Database;
  readonly objects: ObjectStore;
}): Promise<SeededAccount> {
  const id = await addAccount(db);
  const storagePrefix = await storagePrefixOf(db, id);
  const canary = `canary${randomBytes(8).toString('hex')}`;
  await db.execute(sql`update accounts set name = ${canary} where id = ${id}`);
  const files = new Map<string, Buffer>();
  const rows = rowsOf({ id, staffId: await addAccount(db), canary, storagePrefix, files });
  const added = ['accounts', 'identities'];
  for (const table of OWNED_TABLES.filter(({ name }) => !added.includes(name))) {
    const own = rows[table.name];
    if (!own) throw new Error(`Nothing is seeded for the table ${table.name}.`);
    await insertRows(db, table, id, own);
  }
  for (const video of rows['videos'] ?? []) {
    const { current, id: videoId } = { id: video['id'], current: video['current_revision_id'] };
    await db.execute(sql`update videos set current_revision_id = ${current} where id = ${videoId}`);
  }
  for (const [key, content] of files) await objects.put(key, content, { contentType: typeOf(key) });
  return { id, storagePrefix, canary, rows, files };
}

async function insertRows(db: Database, table: OwnedTable, id: AccountId, rows: readonly Row[]) {
  const owner = table.owner.through === null ? { [table.owner.column]: id } : {};
  for (const row of rows) {
    // A video's revision comes after the video.
    const full = {
      ...row,
      ...owner,
      ...(table.name === 'videos' ? { current_revision_id: null } : {}),
    };
    const columns = Object.keys(full).map((column) => sql.identifier(column));
    const list = sql.join(columns, sql`, `);
    await db.execute(sql`
      insert into ${nameOf(table)} (${list})
      select ${list} from jsonb_populate_record(null::${nameOf(table)}, ${JSON.stringify(full)}::jsonb)`);
  }
}

type Seed = {
  readonly id: AccountId;
  readonly staffId: AccountId;
  readonly canary: string;
  readonly storagePrefix: string;
  readonly files: Map<string, Buffer>;
};

const HOUR = 3_600_000;
// One clock reading for all rows: spans between two of them are exact, as the database checks them.
const START = Date.now();
const hoursFromNow = (hours: number) => new Date(START + hours * HOUR).toISOString();
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const bytea = () => `\\x${randomBytes(32).toString('hex')}`;
const typeOf = (key: string) => (key.endsWith('.json') ? 'application/json' : 'video/mp4');

function rowsOf(seed: Seed): Readonly<Record<string, readonly Row[]>> {
  return { ...accessRows(seed), ...filmRows(seed), ...webhookRows(seed), ...footageRows(seed) };
}

/** A stored file of the account, as rows name it. */
function stored({ storagePrefix, files, canary }: Seed, name: string, ending = '') {
  const key = `${storagePrefix}/${randomBytes(16).toString('hex')}${ending}`;
  const content = Buffer.from(`${canary} ${name}`.repeat(50));
  files.set(key, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { key, sha256, sizeBytes: content.length, contentType: typeOf(key) };
}

function accessRows({ staffId, canary, storagePrefix }: Seed) {
  const publicId = () => randomBytes(6).toString('hex');
  return {
    sessions: [
      {
        ...{ id: newId('ses'), device: canary, place: '192.0.2.0/24', token_hash: bytea() },
        ...{ created_at: hoursFromNow(-50), expires_at: hoursFromNow(670) },
        proved_at: hoursFromNow(-1.5),
      },
    ],
    second_factors: [
      { secret: bytea(), confirmed_at: hoursFromNow(-1), created_at: hoursFromNow(-2) },
    ],
    recovery_codes: [{ code_hash: bytea() }, { code_hash: bytea(), used_at: hoursFromNow(-1) }],
    sign_in_links: [{ token_hash: bytea(), expires_at: hoursFromNow(0.1) }],
    api_keys: [
      {
        ...{ id: newId('key'), public_id: publicId(), name: canary, key_hash: bytea() },
        ...{ scopes: ['videos:read', 'account:read'], former_hash: bytea() },
        ...{ former_public_id: publicId(), former_until: hoursFromNow(2) },
      },
    ],
    idempotency_keys: [
      {
        ...{ route: 'POST /v1/videos', key: canary, body_hash: hash(canary), holder: 'req_1' },
        ...{ locked_until: hoursFromNow(-1), answer: { status: 201, body: { title: canary } } },
      },
    ],
    impersonations: [
      {
        ...{ id: newId('imp'), admin_id: staffId, session_id: newId('ses'), token_hash: bytea() },
        ...{ reason: `They asked for help: ${canary}`, ending: 'stopped' },
        ...{ created_at: hoursFromNow(-3), expires_at: hoursFromNow(-2.5) },
        ended_at: hoursFromNow(-2.8),
      },
    ],
    moderation_matches: [{ id: newId('mod'), category: 'hate', rule_id: canary }],
    mails: [
      {
        ...{ id: newId('eml'), kind: 'new_sign_in', address: `${canary}@example.org` },
        ...{ details: { device: canary }, next_attempt_at: hoursFromNow(1) },
      },
    ],
    exports: [
      {
        ...{ id: newId('exp'), status: 'ready', include_media: true, size_bytes: 10 },
        ...{ object_key: `${storagePrefix}/${canary}`, sha256: hash(canary) },
        ...{ created_at: hoursFromNow(-30), finished_at: hoursFromNow(-30) },
        expires_at: hoursFromNow(100),
      },
    ],
  };
}

function filmRows(seed: Seed) {
  const { canary } = seed;
  const [video, revision, run, take] = [newId('vid'), newId('rev'), newId('run'), newId('tak')];
  const [scene, step] = [newId('scn'), newId('stp')];
  const film = stored(seed, 'film', '.mp4');
  const clip = stored(seed, 'clip');
  const voice = stored(seed, 'voice');
  const picture = stored(seed, 'picture');
  const at = { created_at: hoursFromNow(-20) };
  const ended = {
    started_at: hoursFromNow(-19.5),
    finished_at: '2026-03-29T00:59:59.123456+00:00',
  };
  const output = { narration: voice, words: [{ text: canary, startMs: 0.5, endMs: 120 }] };
  return {
    videos: [
      {
        ...{ id: video, client_key: `topic ${canary}`, title: canary, seed: 7, max_credits: 40 },
        ...{ current_revision_id: revision, metadata: { note: canary, big: 12345678901 } },
        ...{ estimated_micro_usd: 8_000_000_001, ...at, updated_at: hoursFromNow(-1) },
      },
    ],
    revisions: [
      {
        ...{ id: revision, video_id: video, number: 1, content_hash: hash(canary), ...at },
        brief: {
          ...{ kind: 'script', title: canary, language: 'en' },
          scenes: [
            {
              ...{ sceneId: scene, narration: canary, visual: null, takeId: take, variant: 1 },
              firstFrame: picture,
            },
          ],
        },
        look: {
          ...{ format: '9:16', captionStyle: 'pop', voice: null, music: 'auto' },
          ...{ preset: 'default', transition: 'cut', continuity: 'none', reference: picture },
        },
      },
    ],
    scenes: [
      {
        ...{ revision_id: revision, scene_id: scene, video_id: video, position: 0, variant: 1 },
        ...{ narration: `“${canary}” "key": "media/x" \\`, visual: canary, take_id: take },
        first_frame: picture,
      },
    ],
    takes: [
      {
        ...{ id: take, video_id: video, scene_id: scene, model: 'local', clip_key: hash('clip') },
        ...{
          seconds: 4.2,
          status: 'stored',
          callback_hash: hash(`callback ${canary}`),
          task_id: canary,
        },
        ...{ object: clip, last_frame: picture, ordered_at: hoursFromNow(-19), ...at },
        updated_at: hoursFromNow(-2),
        request: {
          ...{ prompt: canary, seconds: 4.2, format: '9:16', seed: 7, firstFrame: picture },
          ...{ references: [], wantsLastFrame: true },
        },
      },
    ],
    permits: [{ lane: 'ark', holder: take }],
    runs: [
      {
        ...{ id: run, video_id: video, revision_id: revision, status: 'failed', progress: 0.25 },
        ...{ ...at, ...ended },
        error: failure(canary, scene),
      },
    ],
    steps: [
      {
        ...{ id: step, run_id: run, kind: 'voice', scene_id: scene, position: 2, depends_on: [] },
        ...{ status: 'succeeded', input_hash: hash('voice'), output, cpu_ms: 12.75 },
        ...{ progress: 1, model: 'local', take_id: take, ...ended },
      },
      {
        ...{ id: newId('stp'), run_id: run, kind: 'clip', scene_id: scene, position: 3 },
        ...{ depends_on: [step], status: 'failed', error: failure(canary, scene), ...ended },
      },
    ],
    step_results: [{ kind: 'voice', input_hash: hash('voice'), output, ...at }],
    renders: [
      {
        ...{ id: newId('ren'), video_id: video, revision_id: revision, run_id: run, ...at },
        ...{ files: [{ suffix: '.mp4', object: film }], report: { title: canary, frames: 120 } },
        receipt: [{ model: 'local', credits: 0 }],
      },
    ],
    purchases: [
      {
        ...{ id: newId('pur'), video_id: video, run_id: run, scene_id: scene, step_id: step },
        ...{ take_id: take, kind: 'clip', model: 'ark', status: 'settled', unit: 'tokens' },
        ...{ units: 1234.5, cost_micro_usd: 250_000, reference: canary, ...at },
        ended_at: hoursFromNow(-18),
      },
      {
        ...{ id: newId('pur'), video_id: video, run_id: run, step_id: step, kind: 'script' },
        ...{ model: 'ark', status: 'uncertain', unit: 'tokens', units: 12, cost_micro_usd: 300 },
        ...{ ...at, ended_at: hoursFromNow(-19) },
      },
    ],
    events: [
      {
        ...{ id: newId('evt'), video_id: video, type: 'video.failed', sequence: 1, ...at },
        data: { id: video, title: canary },
      },
    ],
    event_counts: [{ video_id: video, latest: 1 }],
  };
}

function failure(canary: string, sceneId: string) {
  return {
    ...{ code: 'provider_refused', message: canary, action: null, retryable: false },
    ...{ stage: 'clip', sceneNumber: 1, sceneId, vendorCode: null },
  };
}

function webhookRows({ canary }: Seed) {
  const endpoint = newId('whk');
  return {
    webhook_endpoints: [
      {
        ...{ id: endpoint, url: `https://example.org/${canary}`, description: canary },
        ...{ secret: bytea(), previous_secret: bytea(), previous_until: hoursFromNow(1) },
        events: ['video.succeeded'],
      },
    ],
    webhook_deliveries: [
      {
        ...{ id: newId('dlv'), endpoint_id: endpoint, event_id: newId('evt') },
        ...{ event_type: 'video.succeeded', status: 'delivered', tries: 1, status_code: 200 },
      },
    ],
  };
}

function footageRows(seed: Seed) {
  const { canary, storagePrefix, files } = seed;
  const upload = newId('upl');
  const filesPrefix = `${storagePrefix}/${randomBytes(16).toString('hex')}`;
  const srt = `${filesPrefix}/captions.srt`;
  const words = `${filesPrefix}/words.json`;
  for (const key of [srt, words]) files.set(key, Buffer.from(canary));
  const file = (key: string) => ({
    ...{ key, sizeBytes: canary.length, contentType: typeOf(key) },
  });
  return {
    uploads: [
      {
        ...{ id: upload, kind: 'video', status: 'ready', content_type: 'video/mp4' },
        ...{ size_bytes: 1_000, object: stored(seed, 'upload'), expires_at: hoursFromNow(-1) },
        ...{ media: { seconds: 3.5, width: 160, height: 96, fps: 25, hasAudio: true } },
        ...{ created_at: hoursFromNow(-25), finished_at: hoursFromNow(-24) },
      },
    ],
    transcripts: [
      {
        ...{ id: newId('trn'), upload_id: upload, status: 'succeeded', script: canary },
        ...{ style: 'pop', language: 'en', burn: false, files_prefix: filesPrefix },
        ...{ heard: { text: canary, words: [], frames: 105 } },
        files: { srt: file(srt), vtt: file(srt), words: file(words), mp4: null },
        ...{ created_at: hoursFromNow(-24), started_at: hoursFromNow(-24) },
        finished_at: hoursFromNow(-23),
      },
    ],
  };
}
