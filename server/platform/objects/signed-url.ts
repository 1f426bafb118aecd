import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { BadLinkTerms, LinkRejected } from './errors.ts';
import { keyParts } from './keys.ts';
import type { SignedGetOptions, SignedUpload, SignedUploadOptions } from './objects.ts';

/** The longest a download link may live (a player asks for a new one), and an upload form. */
export const MAX_GET_SECONDS = 300;
export const MAX_UPLOAD_SECONDS = 3600;

/** What a verified download link allows. */
export type AllowedGet = {
  readonly key: string;
  readonly contentType: string | null;
  readonly downloadName: string | null;
};

/** What a verified upload form allows: this key, this type, no more than these bytes. */
export type AllowedUpload = {
  readonly key: string;
  readonly contentType: string;
  readonly maxBytes: number;
};

/** What a signature covers; every field always, so that no field can be moved into another's place. */
type Terms = {
  readonly method: 'GET' | 'POST';
  readonly key: string;
  readonly expires: number;
  readonly contentType: string | null;
  readonly downloadName: string | null;
  readonly maxBytes: number | null;
};

const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);
const signature = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const getQuery = z.strictObject({
  expires: wholeNumber,
  type: z.string().optional(),
  name: z.string().optional(),
  signature,
});
const uploadFields = z.strictObject({
  key: z.string(),
  'Content-Type': z.string(),
  expires: wholeNumber,
  max_bytes: wholeNumber,
  signature,
});

/**
 * Makes and checks the addresses of the folder store: `GET {baseUrl}/objects/{key}?…` and a form post to
 * `{baseUrl}/objects`. `secrets` rotate: the first signs, all verify. Signatures are compared in constant
 * time, and every rejection is the same `LinkRejected`.
 */
export function makeUrlSigner({
  baseUrl,
  secrets,
  now,
}: {
  readonly baseUrl: string;
  readonly secrets: readonly string[];
  readonly now: Clock;
}) {
  const [first] = secrets;
  if (!first || secrets.some((secret) => secret.length < 16)) {
    throw new BadLinkTerms('a signing secret shorter than 16 characters');
  }
  const base = baseUrl.replace(/\/+$/, '');
  const nowSeconds = () => Math.floor(now().getTime() / 1000);

  function check(terms: Terms, given: string): void {
    const bytes = Buffer.from(given, 'base64url');
    // The last letter has two bits to spare: only one of its spellings counts.
    if (bytes.toString('base64url') !== given) throw new LinkRejected();
    // Every secret is tried, so that the time tells nothing about which one matched.
    const matches = secrets.map((secret) => timingSafeEqual(mac(secret, terms), bytes));
    if (!matches.includes(true) || terms.expires <= nowSeconds()) throw new LinkRejected();
  }

  return {
    signGet(key: string, options: SignedGetOptions): string {
      keyParts(key);
      checkSeconds(options.seconds, MAX_GET_SECONDS);
      const expires = nowSeconds() + options.seconds;
      const contentType = options.contentType ?? null;
      const downloadName = options.downloadName ?? null;
      const terms = {
        method: 'GET',
        key,
        expires,
        contentType,
        downloadName,
        maxBytes: null,
      } as const;
      const query = new URLSearchParams({ expires: String(expires) });
      if (contentType !== null) query.set('type', contentType);
      if (downloadName !== null) query.set('name', downloadName);
      query.set('signature', mac(first, terms).toString('base64url'));
      return `${base}/objects/${key}?${query}`;
    },

    /** What the link allows, or throws `LinkRejected`. `query` is the whole query string, decoded. */
    verifyGet(request: {
      readonly method: string;
      readonly key: string;
      readonly query: Readonly<Record<string, string>>;
    }): AllowedGet {
      const parsed = getQuery.safeParse(request.query);
      if (!parsed.success || request.method !== 'GET') throw new LinkRejected();
      const { expires, type, name, signature: given } = parsed.data;
      const allowed = {
        key: request.key,
        contentType: type ?? null,
        downloadName: name ?? null,
      };
      check({ method: 'GET', expires, maxBytes: null, ...allowed }, given);
      return allowed;
    },

    signUpload(key: string, options: SignedUploadOptions): SignedUpload {
      keyParts(key);
      checkSeconds(options.seconds, MAX_UPLOAD_SECONDS);
      checkMaxBytes(options.maxBytes);
      const { contentType, maxBytes } = options;
      const expires = nowSeconds() + options.seconds;
      const terms = {
        method: 'POST',
        key,
        expires,
        contentType,
        downloadName: null,
        maxBytes,
      } as const;
      return {
        url: `${base}/objects`,
        fields: {
          key,
          'Content-Type': contentType,
          expires: String(expires),
          max_bytes: String(maxBytes),
          signature: mac(first, terms).toString('base64url'),
        },
      };
    },

    /** What the form allows, or throws `LinkRejected`. `fields` are all of the form's but the file. */
    verifyUpload(request: {
      readonly method: string;
      readonly fields: Readonly<Record<string, string>>;
    }): AllowedUpload {
      const parsed = uploadFields.safeParse(request.fields);
      if (!parsed.success || request.method !== 'POST') throw new LinkRejected();
      const { key, expires, max_bytes: maxBytes, signature: given } = parsed.data;
      const contentType = parsed.data['Content-Type'];
      check({ method: 'POST', key, expires, contentType, downloadName: null, maxBytes }, given);
      return { key, contentType, maxBytes };
    },
  };
}

export type UrlSigner = ReturnType<typeof makeUrlSigner>;

export function checkSeconds(seconds: number, most: number): void {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > most) {
    throw new BadLinkTerms(`a life outside 1–${most} seconds`);
  }
}

export function checkMaxBytes(maxBytes: number): void {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new BadLinkTerms('a size limit that is not a whole number of bytes');
  }
}

function mac(secret: string, terms: Terms): Buffer {
  const { method, key, expires, contentType, downloadName, maxBytes } = terms;
  // JSON keeps the fields apart; the name keeps this use of the secret apart from any other.
  const message = JSON.stringify([method, key, expires, contentType, downloadName, maxBytes]);
  return createHmac('sha256', secret).update(`clipt-object-v1\n${message}`).digest();
}
