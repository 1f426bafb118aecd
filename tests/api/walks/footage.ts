import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ApiService } from '../service.ts';
import { codeOf, first, idOf, openForm, pageOf, sendForm, takeList, videoOf } from '../shapes.ts';
import type { Film } from './film.ts';

const statusOf = (json: unknown) => z.object({ status: z.string() }).parse(json).status;

/** Uploads, and what is done with them: takes and transcripts. The film itself is the footage. */
export function walkFootage(service: () => ApiService, film: () => Film): void {
  const ask: ApiService['request'] = (...request) => service().request(...request);
  let uploadId = '';

  test('a film is uploaded with its form, completed, and ready', async () => {
    const { files } = z
      .object({ files: z.array(z.object({ name: z.string(), url: z.string() })) })
      .parse((await ask('GET', `${film().path}/files`)).json);
    const link = await ask('GET', files.find(({ name }) => name === 'film.mp4')?.url ?? '');
    const { bytes } = await ask('GET', link.headers.get('location') ?? '', { as: {} });
    const { id, upload } = await openForm(service(), {
      content_type: 'video/mp4',
      size_bytes: bytes.length,
    });
    const early = await ask('POST', `/v1/uploads/${id}/complete`);
    expect([early.status, codeOf(early)]).toEqual([409, 'upload_missing']);
    expect((await sendForm(service(), upload, new Uint8Array(bytes))).status).toBe(204);
    expect((await ask('POST', `/v1/uploads/${id}/complete`)).status).toBe(202);
    const path = `/v1/uploads/${id}`;
    await expect
      .poll(async () => statusOf((await ask('GET', path)).json), { timeout: 60_000, interval: 200 })
      .toBe('ready');
    expect((await ask('POST', `${path}/complete`)).json).toMatchObject({ status: 'ready' });
    uploadId = id;
  });

  test('an upload is captioned by its script, and its files are handed out', async () => {
    const script = film()
      .scenes.map(({ narration }) => narration)
      .join(' ');
    const asked = { upload_id: uploadId, script, burn: false, language: 'en' };
    const made = await ask('POST', '/v1/transcripts', { body: asked });
    expect(made.status).toBe(202);
    const path = `/v1/transcripts/${idOf(made)}`;
    expect(made.headers.get('location')).toBe(path);
    await expect
      .poll(async () => statusOf((await ask('GET', path)).json), { timeout: 60_000, interval: 200 })
      .toBe('succeeded');
    expect(pageOf(await ask('GET', '/v1/transcripts')).data).toHaveLength(1);
    for (const file of ['srt', 'vtt', 'words']) {
      const link = await ask('GET', `${path}/files/${file}`);
      expect(link.status).toBe(302);
      const { bytes } = await ask('GET', link.headers.get('location') ?? '', { as: {} });
      expect(bytes.toString()).toMatch(/hello/i);
    }
    const none = await ask('GET', `${path}/files/mp4`);
    expect(none.status).toBe(404);
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
  });

  test('an upload becomes the take of a scene, and a film under way is canceled', async () => {
    const { path, scenes } = film();
    const scenePath = `${path}/scenes/${first(scenes).id}`;
    const taken = await ask('POST', `${scenePath}/takes`, { body: { upload_id: uploadId } });
    expect(taken.status).toBe(201);
    const { data } = takeList.parse((await ask('GET', `${scenePath}/takes`)).json);
    expect(first(data)).toMatchObject({ source: 'upload', status: 'stored' });
    expect(first(videoOf(taken).scenes).take_id).toBe(first(data).id);
    expect((await ask('POST', `${path}/render`)).status).toBe(202);
    const canceled = await ask('POST', `${path}/cancel`);
    expect(canceled.status).toBe(202);
    expect((await ask('POST', `${path}/cancel`)).status).toBe(200);
    expect((await ask('DELETE', path)).status).toBe(204);
  });
}
