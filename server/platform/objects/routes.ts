import { PassThrough, Readable } from 'node:stream';
import busboy from 'busboy';
import { type Context, Hono } from 'hono';
import { asProblem, Problem, toProblemJson } from '../problem.ts';
import { attachmentNamed } from './disposition.ts';
import { LinkRejected, ObjectNotFound } from './errors.ts';
import type { ByteRange, ObjectStore } from './objects.ts';
import type { UrlSigner } from './signed-url.ts';

export type ObjectRoutesDeps = {
  readonly store: ObjectStore;
  readonly signer: UrlSigner;
};

/** Fields of an upload form are ours and short. */
const FORM_LIMITS = { fields: 10, fieldSize: 2_048, files: 1, parts: 12 };

/**
 * Serves the signed addresses of a folder store: `GET` and `HEAD` of `/objects/{key}` with ranges, and form posts
 * to `/objects`. Whatever is altered, expired or meant otherwise is refused alike.
 */
export function makeObjectRoutes({ store, signer }: ObjectRoutesDeps): Hono {
  const routes = new Hono();
  routes.onError((error, c) => {
    const problem = asProblem(error);
    const about = { instance: '/objects', requestId: String(c.res.headers.get('X-Request-Id')) };
    return new Response(JSON.stringify(toProblemJson(problem, about)), {
      status: problem.status,
      headers: { ...PLAIN, ...problem.headers, 'Content-Type': 'application/problem+json' },
    });
  });
  routes.get('/objects/:key{.+}', (c) => serveObject(c, c.req.param('key')));
  routes.post('/objects', takeUpload);
  routes.all('/objects/*', () => {
    throw new LinkRejected();
  });
  return routes;

  async function serveObject(c: Context, key: string): Promise<Response> {
    const query = c.req.query();
    const allowed = signer.verifyGet({ method: 'GET', key: decodeURIComponent(key), query });
    const info = await store.head(allowed.key);
    if (!info) throw new ObjectNotFound();
    const etag = `"${info.sizeBytes}-${allowed.key.slice(-32)}"`;
    const headers: Record<string, string> = {
      ...PLAIN,
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'private, max-age=300',
      'Content-Type': allowed.contentType ?? info.contentType,
      ETag: etag,
    };
    if (allowed.downloadName !== null) {
      headers['Content-Disposition'] = attachmentNamed(allowed.downloadName);
    }
    const range = rangeOf(c, info.sizeBytes, etag);
    if (range === 'unsatisfiable') {
      return new Response(null, {
        status: 416,
        headers: { ...headers, 'Content-Range': `bytes */${info.sizeBytes}` },
      });
    }
    const sizeBytes = range ? range.end - range.start + 1 : info.sizeBytes;
    headers['Content-Length'] = String(sizeBytes);
    if (range) {
      headers['Content-Range'] = `bytes ${range.start}-${range.end}/${info.sizeBytes}`;
    }
    const status = range ? 206 : 200;
    if (c.req.method === 'HEAD') return new Response(null, { status, headers });
    const { signal } = c.req.raw;
    const body = await store.get(allowed.key, range ? { range, signal } : { signal });
    return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status, headers });
  }

  async function takeUpload(c: Context): Promise<Response> {
    const { body } = c.req.raw;
    const type = c.req.header('content-type') ?? '';
    if (body === null || !type.startsWith('multipart/form-data')) throw new LinkRejected();
    const fields: Record<string, string> = {};
    const form = busboy({ headers: { 'content-type': type }, limits: FORM_LIMITS });
    const done = Promise.withResolvers<void>();
    form.on('field', (name, value) => {
      fields[name] = value;
    });
    form.on('file', (_name, file) => {
      storeFile(file, fields, c.req.raw.signal).then(done.resolve, (error: unknown) => {
        file.resume();
        done.reject(error);
      });
    });
    form.on('close', () => done.reject(new FormWithoutFile()));
    form.on('error', (error) => done.reject(error));
    Readable.from(body).on('error', done.reject).pipe(form);
    await done.promise;
    return new Response(null, { status: 204, headers: PLAIN });
  }

  async function storeFile(
    file: Readable,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const allowed = signer.verifyUpload({ method: 'POST', fields });
    // One key takes one file: a form used twice must not replace what was checked already.
    if (await store.head(allowed.key)) throw new AlreadyUploaded();
    let sizeBytes = 0;
    const counted = new PassThrough();
    file.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > allowed.maxBytes) counted.destroy(new UploadTooLarge(allowed.maxBytes));
    });
    file.on('error', (error) => counted.destroy(error));
    file.pipe(counted);
    await store.put(allowed.key, counted, { contentType: allowed.contentType, signal });
  }
}

/** Files of users are shown by nobody but a player or a download. */
const PLAIN = { 'Content-Security-Policy': "default-src 'none'; sandbox" };

/** The one range asked for; null for the whole. Several ranges, which no player needs, count as none. */
function rangeOf(c: Context, sizeBytes: number, etag: string): ByteRange | 'unsatisfiable' | null {
  const ifRange = c.req.header('if-range');
  if (ifRange !== undefined && ifRange !== etag) return null;
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(c.req.header('range') ?? '');
  if (!match) return null;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return null;
  const last = sizeBytes - 1;
  const start = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const end = from === '' || to === '' ? last : Math.min(last, Number(to));
  if (start > last || start > end || (from === '' && Number(to) === 0)) return 'unsatisfiable';
  return { start, end };
}

class FormWithoutFile extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'form_without_file',
      status: 400,
      message: 'The form holds no file, or the file does not come last.',
      action: 'Send the fields as they were given, then the file.',
    });
  }
}

class AlreadyUploaded extends Problem {
  constructor() {
    super({
      kind: 'conflict',
      code: 'already_uploaded',
      message: 'A file was uploaded with this form already.',
      action: 'Ask for a new form.',
    });
  }
}

class UploadTooLarge extends Problem {
  constructor(maxBytes: number) {
    super({
      kind: 'invalid',
      code: 'upload_too_large',
      status: 413,
      message: `The file is larger than the ${maxBytes} bytes that the form allows.`,
      action: 'Ask for a form of the true size.',
    });
  }
}
