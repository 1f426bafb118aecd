import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { type Clipt, openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { ObjectStore } from '../platform/objects/objects.ts';
import { exposureOf } from '../platform/objects/s3-exposure.ts';
import { asProblem } from '../platform/problem.ts';
import { credentialAges, ROTATE_AFTER_DAYS, readRotationDates } from '../platform/rotation.ts';
import { findLate } from '../platform/schedule/schedule.ts';
import { EXIT, sentence } from './exit.ts';

/** One thing that an operator can get wrong. */
type Finding = {
  readonly name: string;
  readonly ok: boolean;
  /** What was found; for a failure, with the one-line fix. */
  readonly detail: string;
};

const optionsSchema = z.object({ json: z.boolean().default(false) });

const MIN_FREE_BYTES = 1024 ** 3;
/** A segment encode takes up to 450 MiB; two run beside the rest. */
const MIN_FREE_MEMORY_BYTES = 1.5 * 1024 ** 3;

/** `clipt doctor`: looks at settings, folder, disk, memory, engine, database and models, and names fixes. */
export async function doctorCommand(rawOptions: unknown, readSettings: () => Config) {
  const { json } = optionsSchema.parse(rawOptions);
  const findings = await examine(readSettings);
  if (json) process.stdout.write(`${JSON.stringify({ findings })}\n`);
  else
    for (const { ok, name, detail } of findings) {
      process.stdout.write(`${ok ? '✓' : '✗'} ${name}: ${detail}\n`);
    }
  if (findings.some(({ ok }) => !ok)) process.exitCode = EXIT.failed;
}

async function examine(readSettings: () => Config): Promise<readonly Finding[]> {
  const node = finding('Node', Number(process.versions.node.split('.')[0]) >= 24, process.version);
  let config: Config;
  try {
    config = readSettings();
  } catch (error) {
    return [node, failure('Settings', error)];
  }
  return [
    node,
    finding('Settings', true, 'readable'),
    await dataFolder(config),
    await diskSpace(config),
    memory(),
    transport(config),
    ...(await credentials(config)),
    ...(await parts(config)),
  ];
}

async function dataFolder({ dataDir }: Config): Promise<Finding> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    return finding('Data folder', true, dataDir);
  } catch {
    const fix = 'cannot be written to; set CLIPT_DATA_DIR to a folder of your own';
    return finding('Data folder', false, `${dataDir} ${fix}`);
  }
}

async function diskSpace({ dataDir }: Config): Promise<Finding> {
  const disk = await statfs(dataDir).catch(() => null);
  if (!disk) return finding('Disk', false, 'its free space cannot be read');
  const free = disk.bavail * disk.bsize;
  const enough = free >= MIN_FREE_BYTES;
  const fix = enough ? '' : '; free some space, a film in the making takes up to 1 GB';
  return finding('Disk', enough, `${(free / 1024 ** 3).toFixed(1)} GB free${fix}`);
}

function memory(): Finding {
  const free = process.availableMemory();
  const enough = free >= MIN_FREE_MEMORY_BYTES;
  const fix = enough ? '' : '; close something, encoding takes up to 1.5 GB';
  return finding('Memory', enough, `${(free / 1024 ** 3).toFixed(1)} GB free${fix}`);
}

/** What goes over a network without verified TLS: allowed on one's own machine, and nowhere else without a word. */
function transport({ plaintext, signIn }: Config): Finding {
  if (plaintext.length === 0)
    return finding('Transport', true, 'TLS wherever a network is crossed');
  const how = signIn ? 'allowed by CLIPT_ALLOW_PLAINTEXT' : 'refused once there is sign-in';
  return finding('Transport', true, `in the clear: ${plaintext.join(', ')} (${how})`);
}

/** How old each credential is, by the dates that the operator keeps; older ones are due for rotation. */
async function credentials({
  credentials: used,
  rotationFile,
}: Config): Promise<readonly Finding[]> {
  if (used.length === 0) return [];
  try {
    const dates = await readRotationDates(rotationFile);
    return credentialAges(used, dates, new Date()).map(({ name, days }) => {
      if (days === null)
        return finding(name, true, `of unknown age; note its day in ${rotationFile}`);
      const isDue = days >= ROTATE_AFTER_DAYS;
      const fix = isDue
        ? '; make a new one, set it before this one as new,old, and note the day'
        : '';
      return finding(name, !isDue, `${days} days old${fix}`);
    });
  } catch (error) {
    return [failure('Credentials', error)];
  }
}

/** Opens everything as a command would: what fails here fails there. */
async function parts(config: Config): Promise<readonly Finding[]> {
  try {
    await using clipt = await openClipt(config);
    const { engine, models, objects } = clipt;
    const listed = await models.speech.listVoices({ signal: AbortSignal.timeout(20_000) });
    const voices = listed.map(({ id, name }) => `${id} (${name})`).join(', ');
    return [
      finding('Database', true, config.databaseUrl ? 'DATABASE_URL' : 'embedded'),
      await storage(objects, config),
      await auditChain(clipt.audit, config),
      await scheduledJobs(clipt),
      finding('Media engine', true, engine.version),
      finding(
        'Models',
        true,
        [models.text, models.speech, models.video, models.transcription]
          .map(({ id }) => id)
          .join(', '),
      ),
      finding('Voices', true, voices),
    ];
  } catch (error) {
    return [failure(partOf(asProblem(error).code), error)];
  }
}

/** What is to be done now and then, and whether it is. */
async function scheduledJobs({ db, jobs }: Pick<Clipt, 'db' | 'jobs'>): Promise<Finding> {
  const { isAnybodyWorking, late } = await findLate(db, jobs);
  if (late.length > 0) {
    const fix = 'has not succeeded for three of its periods; see the log of the workers for why';
    return finding('Scheduled jobs', false, `${late.join(', ')} ${fix}`);
  }
  const idle = 'nobody works here at the moment; ./clipt start or ./clipt worker does them';
  return finding('Scheduled jobs', true, isAnybodyWorking ? `${jobs.length} on time` : idle);
}

const MAKE_PRIVATE =
  'make it private: take back its public policy and access lists, and block public access';
const OPEN_TO_ANYBODY = {
  lists: `anybody can list the bucket without a key; ${MAKE_PRIVATE}`,
  reads: `anybody can read the objects of the bucket without a key; ${MAKE_PRIVATE}`,
} as const;

/** Stores, reads and removes a few bytes, and tries to get at them as somebody who has no key. */
async function storage(objects: ObjectStore, { s3 }: Config): Promise<Finding> {
  const key = `doctor/${randomUUID()}`;
  const sent = Buffer.from('clipt');
  const signal = AbortSignal.timeout(30_000);
  try {
    await objects.put(key, sent, { contentType: 'text/plain', signal });
    try {
      const back = await buffer(await objects.get(key, { signal }));
      const exposure = s3 ? await exposureOf(s3, key, signal) : 'none';
      if (!back.equals(sent))
        return finding('Objects', false, 'gives back other bytes than it got');
      if (exposure !== 'none') return finding('Objects', false, OPEN_TO_ANYBODY[exposure]);
    } finally {
      await objects.delete(key);
    }
    return finding(
      'Objects',
      true,
      s3 ? `bucket ${s3.bucket}, closed to everybody else` : 'folder',
    );
  } catch (error) {
    return failure('Objects', error);
  }
}

/** Whether the row that was anchored last is still what it was, and what keeps the database user from the rows. */
async function auditChain(audit: Audit, { databaseUrl }: Config): Promise<Finding> {
  try {
    const { headSeq, newestAnchor, fault } = await audit.checkHead();
    if (fault) {
      return finding('Audit', false, `${fault.sentence} Run ./clipt audit verify for all of it`);
    }
    const anchored = newestAnchor ? `anchored at row ${newestAnchor.seq}` : 'not anchored yet';
    // The embedded server has one user, who may do anything.
    const kept = databaseUrl === null ? '' : KEPT_BY[await audit.keeper()];
    return finding('Audit', true, `${headSeq} rows, ${anchored}${kept}`);
  } catch (error) {
    return failure('Audit', error);
  }
}

const KEPT_BY = {
  role: '',
  triggers:
    '; only triggers guard it, since the user of DATABASE_URL could not make a role (docs/operations.md)',
  superuser:
    '; only triggers guard it, since the user of DATABASE_URL is a superuser (docs/operations.md)',
} as const;

/** Which part of the start a problem's code belongs to. */
function partOf(code: string): string {
  if (code.startsWith('database') || code.startsWith('migration')) return 'Database';
  if (code.startsWith('ffmpeg')) return 'Media engine';
  if (code === 'bad_term_list') return 'Moderation terms';
  if (code === 'disk_full') return 'Disk';
  return 'Start';
}

function failure(name: string, error: unknown): Finding {
  return finding(name, false, sentence(asProblem(error)));
}

function finding(name: string, ok: boolean, detail: string): Finding {
  return { name, ok, detail };
}
