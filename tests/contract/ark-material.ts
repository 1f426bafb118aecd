import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { z } from 'zod';
import { makeMediaEngine } from '../../server/media/engine.ts';
import type { MediaEngine } from '../../server/media/media.ts';
import { type ArkOptions, type ArkStandIn, startArk } from '../../stand-ins/ark.ts';
import { dataUrl, picturePng } from './material.ts';

export const MODEL = 'dreamina-seedance-2-0-260128';
export const TASKS = '/contents/generations/tasks';
export const PICTURE = picturePng(720, 1280);

export const text = { type: 'text', text: 'A paper boat drifts down a rainy street' };
export const image = (role: string | null, url = dataUrl(PICTURE)) => ({
  ...{ type: 'image_url', image_url: { url } },
  ...(role === null ? {} : { role }),
});
/** The smallest film there is. */
export const order = {
  ...{ model: MODEL, content: [text] },
  ...{ ratio: '1:1', resolution: '480p', duration: 4 },
};

const record = z.record(z.string(), z.unknown());

/** For a test file: a stand-in that films at once, anew for each test, and more where one asks. */
export function useArk() {
  let dir = '';
  let engine: MediaEngine;
  let ark: ArkStandIn;
  const start = (options: ArkOptions = {}) =>
    startArk({ engine, cacheDir: dir, queueMs: 0, filmMs: 0, listEveryMs: 0, ...options });
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'clipt-ark-stand-in-'));
    engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
  });
  beforeEach(async () => {
    ark = await start();
  });
  afterEach(() => ark.close());
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function ask(method: string, path: string, body?: unknown, of = ark) {
    const response = await fetch(of.baseUrl + path, {
      method,
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: record.parse(await response.json()) };
  }

  return {
    start,
    ask,
    ark: () => ark,
    dir: () => dir,
    engine: () => engine,
    /** The id of a task that was accepted. */
    async create(body: unknown, of = ark): Promise<string> {
      const { status, json } = await ask('POST', TASKS, body, of);
      expect([status, json]).toEqual([200, { id: expect.stringMatching(/^cgt-\d{14}-\w{5}$/) }]);
      return String(json['id']);
    },
  };
}

export const codeOf = (json: Record<string, unknown>) =>
  z.object({ error: z.object({ code: z.string() }) }).parse(json).error.code;
