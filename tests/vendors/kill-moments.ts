import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { STEP_KINDS } from '../../server/videos/contract.ts';
import type { ArkStandIn } from '../../stand-ins/ark.ts';
import type { ElevenLabsStandIn } from '../../stand-ins/elevenlabs.ts';

/** When a service that makes videos is killed. */
export type KillMoments = AsyncDisposable & {
  /** Resolves with a name of the next moment once it is there; null when no more are to come. */
  next(): Promise<string | null>;
  /** Names of moments that should have come and did not. */
  missed(): readonly string[];
};

/** The shortest and the longest that a process lives before it is killed. */
const LIFE_MS = [600, 5_000] as const;

/** So many moments, whatever the service is doing. */
export function randomMoments(kills: number, seed: number): KillMoments {
  const random = xoroshiro128plus(seed);
  let left = kills;
  return {
    async next() {
      if (left === 0) return null;
      left -= 1;
      await delay(uniformInt(random, ...LIFE_MS));
      return 'random';
    },
    missed: () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Every kind of step as it begins and as its result is stored, and what a clip passes through besides. */
const BOUNDARIES = [
  ...STEP_KINDS.flatMap((kind) => [`${kind} running`, `${kind} succeeded`]),
  ...['take ordering', 'order accepted', 'take filming', 'take stored', 'run succeeded'],
];

const CHANNEL = 'boundaries';
const TELL = `
  create function tell_boundary() returns trigger language plpgsql as $$
  begin
    perform pg_notify('${CHANNEL}', case tg_table_name
      when 'steps' then to_jsonb(new) ->> 'kind' when 'takes' then 'take' else 'run' end || ' ' || new.status);
    return null;
  end $$;
  create trigger tell_boundary after update on steps for each row execute function tell_boundary();
  create trigger tell_boundary after update on takes for each row execute function tell_boundary();
  create trigger tell_boundary after update on runs for each row execute function tell_boundary();`;

/** Longer than a killed process takes to end: what was asked for in its last moment was then not done. */
const HELD_BACK_MS = 3_000;
const ACCEPTED_EVERY_MS = 10;

/**
 * The first time that a row of the database comes to each boundary; one kill may meet several. The vendors hold back
 * their first answers, so that "ordering" finds an order that was written and not accepted, and "accepted" one that
 * the service has not heard of.
 */
export async function boundaryMoments(
  databaseUrl: string,
  vendors: { readonly ark: ArkStandIn; readonly elevenLabs: ElevenLabsStandIn },
): Promise<KillMoments> {
  const { ark, elevenLabs } = vendors;
  const heldBack = { fault: { kind: 'latency', ms: HELD_BACK_MS }, times: 1 } as const;
  elevenLabs.faults.add({ route: 'speak-timed', ...heldBack });
  ark.faults.add({ route: 'create-task', ...heldBack });
  const unheard = { kind: 'silence', when: 'after' } as const;
  ark.faults.add({ route: 'create-task', fault: unheard, times: 1, after: 1 });

  const left = new Set(BOUNDARIES);
  let isOver = false;
  let met: string[] = [];
  let wake = (): void => undefined;
  const meet = (name: string) => {
    isOver ||= ['run succeeded', 'run failed', 'run canceled'].includes(name);
    if (left.delete(name)) met.push(name);
    wake();
  };
  const client = new pg.Client(databaseUrl);
  await client.connect();
  client.on('notification', ({ payload = '' }) => meet(payload));
  await client.query(TELL);
  await client.query(`listen ${CHANNEL}`);
  const watch = setInterval(() => {
    if (left.has('order accepted') && ark.tasks().length > 0) meet('order accepted');
  }, ACCEPTED_EVERY_MS);

  return {
    async next() {
      // What came after the last kill was decided came before its process ended, and met the same kill.
      met = [];
      while (met.length === 0) {
        if (left.size === 0 || isOver) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return met.join(', ');
    },
    missed: () => [...left],
    async [Symbol.asyncDispose]() {
      clearInterval(watch);
      await client.end();
    },
  };
}
