import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Clipt, openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import type { AccountId, VideoId } from '../../server/platform/ids.ts';
import type { VideoObject } from '../../server/videos/api-contract.ts';
import { DEFAULT_LOOK, type Look } from '../../server/videos/contract.ts';
import type { Wish } from '../../server/videos/videos.ts';
import { type ArkOptions, type ArkStandIn, startArk } from '../../stand-ins/ark.ts';
import {
  type ElevenLabsOptions,
  type ElevenLabsStandIn,
  startElevenLabs,
} from '../../stand-ins/elevenlabs.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

export type StudioOptions = {
  readonly ark?: ArkOptions;
  readonly elevenLabs?: ElevenLabsOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** False: what is asked for is written down, and nobody works on it. */
  readonly works?: boolean;
};

/** Draft films of a square: what the pipeline promises does not depend on their looks. */
const CHEAP: Look = { ...DEFAULT_LOOK, format: '1:1', preset: 'draft', music: 'none' };

/**
 * A whole clipt on its own database, with Ark and ElevenLabs standing in over HTTP and everything else real.
 */
export async function openStudio(options: StudioOptions = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'clipt-vendors-'));
  const database = await createTestDatabase();
  const ark = await startArk({ listEveryMs: 0, queueMs: 50, filmMs: 200, ...options.ark });
  const elevenLabs = await startElevenLabs({ speech: 'tones', ...options.elevenLabs });
  const env = {
    CLIPT_DATA_DIR: join(dir, 'data'),
    DATABASE_URL: database.url,
    ARK_API_KEY: 'ark-key-of-the-studio',
    ARK_BASE_URL: ark.baseUrl,
    ARK_LOOKS_AFTER: '1,2',
    ELEVENLABS_API_KEY: 'elevenlabs-key-of-the-studio',
    ELEVENLABS_BASE_URL: elevenLabs.baseUrl,
    ...options.env,
  };
  const clipt = await openClipt(readConfig(env, ''));
  if (options.works !== false) await clipt.startWorker();
  return studioOf({ dir, database, ark, elevenLabs, clipt, account: await clipt.owner(), env });
}

export type Studio = Awaited<ReturnType<typeof openStudio>>;

function studioOf(parts: {
  readonly dir: string;
  readonly database: TestDatabase;
  readonly ark: ArkStandIn;
  readonly elevenLabs: ElevenLabsStandIn;
  readonly clipt: Clipt;
  readonly account: AccountId;
  readonly env: Readonly<Record<string, string>>;
}) {
  const { clipt, account, ark, elevenLabs, database } = parts;
  const read = (id: VideoId): Promise<VideoObject> => clipt.videos.read(account, id);
  return {
    ...parts,
    read,

    async make(wish: Wish, more: Partial<Look> = {}, maxCredits: number | null = null) {
      const clientKey = `test ${wish.kind} ${JSON.stringify(wish).slice(0, 60)}`;
      const look = { ...CHEAP, ...more };
      return await clipt.videos.make(account, { clientKey, wish, look, maxCredits });
    },

    /** Resolves once so many clips are stored; what follows is encoding, which other checks try. */
    async untilStored(count: number, timeout = 60_000): Promise<void> {
      const stored = "select count(*)::int as count from takes where status = 'stored'";
      await expect
        .poll(async () => (await database.pool.query(stored)).rows[0]?.count, {
          ...{ timeout, interval: 100, message: 'the clips were stored' },
        })
        .toBe(count);
    },

    /** The video once it is as `test` has it. */
    async until(id: VideoId, test: (video: VideoObject) => boolean, timeout = 60_000) {
      let last: VideoObject | null = null;
      await expect
        .poll(
          async () => {
            last = await read(id);
            return test(last) || last.status === 'failed';
          },
          { timeout, interval: 100, message: 'the video came to be as expected' },
        )
        .toBe(true);
      return await read(id);
    },

    /** Ends a film that is not needed further: what follows is encoding, which other checks try. */
    async leave(id: VideoId): Promise<void> {
      await clipt.videos.cancel(account, id).catch((problem: unknown) => {
        // On a fast machine, or after a slow look, it is finished by now.
        expect(problem).toMatchObject({ code: 'already_terminal' });
      });
    },

    async close() {
      await clipt[Symbol.asyncDispose]();
      await Promise.all([ark.close(), elevenLabs.close()]);
      await database.close();
      await rm(parts.dir, { recursive: true, force: true });
    },
  };
}

/** A script of so many scenes, each with a picture and a sentence of its own. */
export function script(name: string, scenes: number): Wish {
  return {
    kind: 'script',
    title: name,
    language: 'en',
    scenes: Array.from({ length: scenes }, (_, index) => ({
      narration: `${name} number ${index + 1} stands still.`,
      visual: `A ${name} number ${index + 1} in the evening sun`,
    })),
  };
}

export const ended = ({ status }: VideoObject): boolean =>
  ['succeeded', 'failed', 'canceled'].includes(status);
