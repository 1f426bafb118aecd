import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { startArk } from '../../stand-ins/ark.ts';
import { startElevenLabs } from '../../stand-ins/elevenlabs.ts';
import { boundaryMoments, randomMoments } from './kill-moments.ts';
import { orderVideos, startKillable } from './killable-service.ts';

export type KillingOptions = {
  readonly when:
    | { readonly at: 'boundaries' }
    | { readonly at: 'random'; readonly kills: number; readonly seed: number };
  readonly videos: number;
  readonly scenes: number;
  readonly databaseUrl: string;
};

export type KillingReport = {
  /** The moments at which the service was killed. */
  readonly kills: readonly string[];
  /** Moments that never came. */
  readonly missed: readonly string[];
  readonly videos: Readonly<Record<string, number>>;
  readonly clips: Bought;
  readonly narrations: Bought;
  /** Takes and purchases by what became of them. */
  readonly takes: Readonly<Record<string, number>>;
  readonly purchases: Readonly<Record<string, number>>;
};

/** What a vendor sold: how many things, how many of them more than once, and for how many it has no excuse. */
export type Bought = {
  readonly things: number;
  readonly twice: number;
  /** Bought again although nothing on record says that the first was never heard of. */
  readonly unexplained: readonly string[];
};

const LONGEST_MS = 600_000;

const countSchema = z.array(z.object({ status: z.string(), count: z.number() }));

/**
 * Makes videos on vendors standing in, kills the service again and again, and tells what was lost or bought twice. The
 * stand-ins count; they are never killed.
 */
export async function killAgainAndAgain(options: KillingOptions): Promise<KillingReport> {
  const { when, databaseUrl } = options;
  const dir = await mkdtemp(join(tmpdir(), 'clipt-killing-'));
  await using ark = await startArk({ listEveryMs: 0, queueMs: 200, filmMs: 800 });
  await using elevenLabs = await startElevenLabs({ speech: 'tones', speakMs: 100 });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const start = (role: 'web' | 'all') =>
    startKillable(join(dir, 'data'), {
      ...{ DATABASE_URL: databaseUrl, CLIPT_ROLE: role, CLIPT_PORT: '0' },
      ...{ CLIPT_RUNNING_VIDEOS: '50', ARK_LOOKS_AFTER: '1,3' },
      ...{ ARK_API_KEY: 'ark-key', ARK_BASE_URL: ark.baseUrl },
      ...{ ELEVENLABS_API_KEY: 'elevenlabs-key', ELEVENLABS_BASE_URL: elevenLabs.baseUrl },
    });

  try {
    const shop = await start('web');
    await orderVideos(shop.said, options);
    await shop.end('SIGTERM');
    await using moments =
      when.at === 'random'
        ? randomMoments(when.kills, when.seed)
        : await boundaryMoments(databaseUrl, { ark, elevenLabs });
    const kills: string[] = [];
    let service = await start('all');
    for (let name = await moments.next(); name !== null; name = await moments.next()) {
      await service.end('SIGKILL');
      kills.push(name);
      service = await start('all');
    }
    await untilNothingRuns(pool);
    await service.end('SIGTERM');
    const sold = {
      clips: ark.journal.purchases.map(({ details }) => String(details['prompt'])),
      narrations: elevenLabs.journal.purchases.map(({ details }) => String(details['text'])),
    };
    return { kills, missed: moments.missed(), ...(await reportOf(pool, sold)) };
  } finally {
    await pool.end();
    await rm(dir, { recursive: true, force: true });
  }
}

async function untilNothingRuns(pool: pg.Pool): Promise<void> {
  const open = "select count(*)::int as count from runs where status in ('queued', 'running')";
  const deadline = Date.now() + LONGEST_MS;
  while ((await pool.query(open)).rows[0]?.count > 0 && Date.now() < deadline) await delay(250);
}

async function reportOf(
  pool: pg.Pool,
  sold: { readonly clips: readonly string[]; readonly narrations: readonly string[] },
): Promise<Omit<KillingReport, 'kills' | 'missed'>> {
  const counts = async (table: string) => {
    const { rows } = await pool.query(
      `select status, count(*)::int as count from ${table} group by status order by status`,
    );
    return Object.fromEntries(countSchema.parse(rows).map((row) => [row.status, row.count]));
  };
  const lost = await pool.query(
    `select coalesce(t.request ->> 'prompt', s.narration) as what
     from purchases p left join takes t on t.id = p.take_id
     left join scenes s on s.scene_id = p.scene_id and p.take_id is null
     where p.status = 'uncertain'`,
  );
  const uncertain = z
    .array(z.object({ what: z.string() }))
    .parse(lost.rows)
    .map(({ what }) => what);
  return {
    videos: await counts('runs'),
    clips: boughtOf(sold.clips, uncertain),
    narrations: boughtOf(sold.narrations, uncertain),
    takes: await counts('takes'),
    purchases: await counts('purchases'),
  };
}

/** An uncertain purchase on record explains one more of its kind. */
function boughtOf(sold: readonly string[], uncertain: readonly string[]): Bought {
  const count = (all: readonly string[], what: string) => all.filter((one) => one === what).length;
  const things = [...new Set(sold)];
  const more = things.filter((what) => count(sold, what) > 1);
  return {
    things: things.length,
    twice: more.length,
    unexplained: more.filter((what) => count(sold, what) > 1 + count(uncertain, what)),
  };
}
