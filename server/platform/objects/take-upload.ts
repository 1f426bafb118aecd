import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { Problem } from '../problem.ts';
import type { ObjectStore } from './objects.ts';
import type { UrlSigner } from './signed-url.ts';

/** Fields of an upload form are ours and short. */
const FORM_LIMITS = { fields: 10, fieldNameSize: 100, fieldSize: 2_048, files: 1, parts: 12 };

/**
 * Takes the form posts of a folder store: the fields as they were signed, then the file. Nothing is stored unless the
 * file arrives whole and within its size, under a key that nobody has used.
 */
export function makeTakeUpload({
  store,
  signer,
}: {
  readonly store: ObjectStore;
  readonly signer: UrlSigner;
}) {
  /** Keys whose file is on its way. */
  const underWay = new Set<string>();

  return async function takeUpload(request: Request): Promise<Response> {
    const form = openForm(request);
    const stop = new AbortController();
    const stored = new Promise<void>((resolve, reject) => {
      const fields: Record<string, string> = {};
      let hasFile = false;
      form.on('field', (name, value) => {
        fields[name] = value;
      });
      form.once('file', (_name, file) => {
        hasFile = true;
        storeFile(file, fields, request.signal).then(resolve, reject);
      });
      pipeline(Readable.from(request.body ?? []), form, { signal: stop.signal }).then(
        () => {
          if (!hasFile) reject(new FormUnusable());
        },
        () => reject(new FormUnusable()),
      );
    });
    try {
      await stored;
    } finally {
      stop.abort();
    }
    return new Response(null, { status: 204 });
  };

  async function storeFile(
    file: Readable,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    // Without a listener, a form that breaks off would end the process.
    file.on('error', () => undefined);
    const { key, contentType, maxBytes } = signer.verifyUpload({ method: 'POST', fields });
    // A form used twice must not replace what was checked already.
    if (underWay.has(key)) throw new AlreadyUploaded();
    underWay.add(key);
    try {
      if (await store.head(key)) throw new AlreadyUploaded();
      await store.put(key, Readable.from(atMost(maxBytes, file)), { contentType, signal });
    } finally {
      underWay.delete(key);
    }
  }
}

function openForm(request: Request) {
  const type = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) throw new FormUnusable();
  try {
    return busboy({ headers: { 'content-type': type }, limits: FORM_LIMITS });
  } catch {
    throw new FormUnusable();
  }
}

async function* atMost(maxBytes: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new UploadTooLarge(maxBytes);
    yield chunk;
  }
}

class FormUnusable extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'malformed_form',
      message: 'The body is not a whole form whose file comes last.',
      action: 'Send multipart/form-data: the fields as they were given, then the file.',
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
