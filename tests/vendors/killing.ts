import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { z } from 'zod';
import { startArk } from '../../stand-ins/ark.ts';
import { startElevenLabs } from '../../stand-ins/elevenlabs.ts';
import { startClipt } from '../journeys/command.ts';

export type KillingOptions = {
  readonly kills: number;
  readonly seed: number;
  readonly videos: number;
  readonly scenes: number;
  readonly databaseUrl: string;
};

export type KillingReport = {
  readonly kills: number;
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

/** The shortest and the longest that a process lives before it is killed. */
const LIFE_MS = [600, 5_000] as const;
const LONGEST_MS = 600_000;

const countSchema = z.array(z.object({ status: z.string(), count: z.number() }));

/**
 * Makes videos on vendors standing in, kills the service at random moments again and again, and tells what was lost or
 * bought twice. The stand-ins count; they are never killed.
 */
export async function killAgainAndAgain(options: KillingOptions): Promise<KillingReport> {
  const random = xoroshiro128plus(options.seed);
  const dir = await mkdtemp(join(tmpdir(), 'clipt-killing-'));
  await using ark = await startArk({ listEveryMs: 0, queueMs: 200, filmMs: 800 });
  await using elevenLabs = await startElevenLabs({ speech: 'tones', speakMs: 100 });
  const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 2 });
  const env = {
    ...{ DATABASE_URL: options.databaseUrl, CLIPT_PORT: '0', CLIPT_RUNNING_VIDEOS: '50' },
    ...{ ARK_API_KEY: 'ark-key', ARK_BASE_URL: ark.baseUrl, ARK_LOOKS_AFTER: '1,3' },
    ...{ ELEVENLABS_API_KEY: 'elevenlabs-key', ELEVENLABS_BASE_URL: elevenLabs.baseUrl },
  };
  const start = async () => {
    const running = startClipt(join(dir, 'data'), ['start'], env);
    // Heard on stdout, where the link and the hints go.
    let said = '';
    const ready = new Promise<string>((resolve) => {
      running.child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ctrl-C stops')) resolve(said);
      });
    });
    const ended = running.ended.then(() => null);
    return { ...running, said: await Promise.race([ready, ended]) };
  };

  try {
    let service = await start();
    await order(service.said ?? '', options);
    let kills = 0;
    const deadline = Date.now() + LONGEST_MS;
    while (kills < options.kills) {
      await Promise.race([delay(uniformInt(random, ...LIFE_MS)), service.ended]);
      service.child.kill('SIGKILL');
      await service.ended;
      kills += 1;
      service = await start();
    }
    const open = "select count(*)::int as count from runs where status in ('queued', 'running')";
    while ((await pool.query(open)).rows[0]?.count > 0) {
      if (Date.now() > deadline) break;
      await delay(250);
    }
    service.child.kill('SIGTERM');
    await service.ended;
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
    const uncertain = z.array(z.object({ what: z.string() })).parse(lost.rows);
    return {
      kills,
      videos: await counts('runs'),
      clips: boughtOf(
        ark.journal.purchases.map(({ details }) => String(details['prompt'])),
        uncertain.map(({ what }) => what),
      ),
      narrations: boughtOf(
        elevenLabs.journal.purchases.map(({ details }) => String(details['text'])),
        uncertain.map(({ what }) => what),
      ),
      takes: await counts('takes'),
      purchases: await counts('purchases'),
    };
  } finally {
    await pool.end();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Orders the videos with the one-time link that the service printed. */
async function order(said: string, { videos, scenes }: KillingOptions): Promise<void> {
  const [, url = ''] = /running at (\S+)/.exec(said) ?? [];
  const [, token = ''] = /signin#(\S+)/.exec(said) ?? [];
  const json = { 'content-type': 'application/json', origin: url };
  const signedIn = await fetch(`${url}/app/sessions`, {
    ...{ method: 'POST', headers: json, body: JSON.stringify({ token }) },
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  for (let video = 0; video < videos; video += 1) {
    const answer = await fetch(`${url}/v1/videos`, {
      method: 'POST',
      headers: { ...json, cookie },
      body: JSON.stringify({
        ...{ format: '1:1', preset: 'draft', music: 'none' },
        scenes: Array.from({ length: scenes }, (_, scene) => ({
          narration: `Bird ${video} sings song ${scene}.`,
          visual: `Bird ${video} on branch ${scene}`,
        })),
      }),
    });
    if (answer.status !== 202) throw new Error(`A video was refused: ${await answer.text()}`);
  }
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
