import { createHash, createHmac } from 'node:crypto';

/**
 * AWS Signature Version 4 for the two addresses that a browser uses by itself: a presigned GET and a form
 * POST. Requests of our own are signed by the SDK. Checked against the examples that AWS publishes.
 */
export type SigningIdentity = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
};

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * `url` with the query that lets its bearer GET it for `seconds`; the query it has already is signed too.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presignGet(url: URL, identity: SigningIdentity, at: Date, seconds: number): URL {
  const signed = new URL(url);
  const { stamp, scope } = signingTime(identity, at);
  signed.searchParams.set('X-Amz-Algorithm', ALGORITHM);
  signed.searchParams.set('X-Amz-Credential', `${identity.accessKeyId}/${scope}`);
  signed.searchParams.set('X-Amz-Date', stamp);
  signed.searchParams.set('X-Amz-Expires', String(seconds));
  signed.searchParams.set('X-Amz-SignedHeaders', 'host');
  const query = canonicalQuery(signed.searchParams);
  const canonicalRequest = [
    'GET',
    signed.pathname,
    query,
    `host:${signed.host}`,
    '',
    'host',
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonicalRequest).digest('hex');
  const signature = sign(identity, at, [ALGORITHM, stamp, scope, hash].join('\n'));
  // As encoded for the signature: a reader that encodes spaces as `+` would sign another text.
  signed.search = `${query}&X-Amz-Signature=${signature}`;
  return signed;
}

/**
 * The form fields that let their bearer POST one object under `conditions` until `expires`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function signPost(
  conditions: readonly unknown[],
  identity: SigningIdentity,
  at: Date,
  expires: Date,
): Record<string, string> {
  const { stamp, scope } = signingTime(identity, at);
  const fields = {
    'x-amz-algorithm': ALGORITHM,
    'x-amz-credential': `${identity.accessKeyId}/${scope}`,
    'x-amz-date': stamp,
  };
  const ours = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
  const document = { expiration: expires.toISOString(), conditions: [...conditions, ...ours] };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  return { ...fields, policy, 'x-amz-signature': signPolicy(policy, identity, at) };
}

/** The signature of a policy in base64, which is the string to sign itself. */
export function signPolicy(policy: string, identity: SigningIdentity, at: Date): string {
  return sign(identity, at, policy);
}

function signingTime({ region }: SigningIdentity, at: Date) {
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return { stamp, scope: `${stamp.slice(0, 8)}/${region}/s3/aws4_request` };
}

function sign(identity: SigningIdentity, at: Date, text: string): string {
  const { stamp } = signingTime(identity, at);
  const day = hmac(`AWS4${identity.secretAccessKey}`, stamp.slice(0, 8));
  const key = hmac(hmac(hmac(day, identity.region), 's3'), 'aws4_request');
  return hmac(key, text).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** As AWS encodes: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
