import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import busboy from 'busboy';
import { type BodyNote, shortened } from './journal.ts';

export type FormFile = {
  readonly field: string;
  /** Null where the part has none. */
  readonly name: string | null;
  readonly type: string;
  readonly bytes: Buffer;
};

/** The body of a request. `broken` is what calls itself JSON or a form and is none. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown; readonly text: string }
  | {
      readonly kind: 'form';
      readonly fields: readonly (readonly [string, string])[];
      readonly files: readonly FormFile[];
    }
  | { readonly kind: 'broken' | 'other'; readonly bytes: Buffer };

/** Reads a request to its end; null for one of more than `maxBytes`, of which the rest is passed over. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length <= maxBytes) chunks.push(bytes);
  }
  if (length > maxBytes) return null;
  if (length === 0) return { kind: 'none' };
  return await parse(Buffer.concat(chunks), request.headers['content-type'] ?? '');
}

async function parse(bytes: Buffer, type: string): Promise<Body> {
  if (/^application\/json\b/i.test(type)) return parseJson(bytes);
  if (!/^multipart\/form-data\b/i.test(type)) return { kind: 'other', bytes };
  try {
    return await parseForm(bytes, type);
  } catch {
    return { kind: 'broken', bytes };
  }
}

function parseJson(bytes: Buffer): Body {
  const text = bytes.toString('utf8');
  try {
    return { kind: 'json', value: JSON.parse(text), text };
  } catch {
    return { kind: 'broken', bytes };
  }
}

async function parseForm(bytes: Buffer, type: string): Promise<Body> {
  const fields: [string, string][] = [];
  const files: FormFile[] = [];
  const parser = busboy({ headers: { 'content-type': type }, defParamCharset: 'utf8' });
  const done = Promise.withResolvers<void>();
  parser.on('field', (name, value) => fields.push([name, value]));
  parser.on('file', (field, stream, info) => {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const name = info.filename || null;
      files.push({ field, name, type: info.mimeType, bytes: Buffer.concat(parts) });
    });
  });
  parser.on('close', () => done.resolve());
  parser.on('error', done.reject);
  Readable.from([bytes]).pipe(parser);
  await done.promise;
  return { kind: 'form', fields, files };
}

/** The text of a body, for rules that look for words in it. */
export function textOf(body: Body): string {
  if (body.kind === 'json') return body.text;
  if (body.kind === 'form') return body.fields.map(([, value]) => value).join('\n');
  return body.kind === 'none' ? '' : body.bytes.toString('utf8');
}

/** What the journal keeps of a body. */
export function noteOf(body: Body): BodyNote {
  if (body.kind === 'none') return body;
  if (body.kind === 'json') return { kind: 'json', value: shortened(body.value) };
  if (body.kind !== 'form') return { kind: 'other', sizeBytes: body.bytes.length };
  return {
    kind: 'form',
    fields: body.fields,
    files: body.files.map(({ bytes, ...file }) => ({
      ...file,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    })),
  };
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
