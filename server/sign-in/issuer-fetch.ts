import { EgressBlocked } from '../platform/egress/egress.ts';

const TIMEOUT_MS = 10_000;
/** Discovery documents and token answers are a few kilobytes. */
const MOST_BYTES = 256 * 1024;
/** All that the token request may say; Auth.js sends these and the client's own Basic credentials. */
const FORM_FIELDS: ReadonlySet<string> = new Set([
  ...['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_secret'],
]);
/** Google serves its token endpoint from another host than its discovery document. */
const HOSTS_OF_GOOGLE = ['oauth2.googleapis.com'];

/**
 * The fetch by which Auth.js reaches the identity provider, and nobody else: its discovery document, and its token
 * endpoint with the listed fields. One try (a code counts once), ten seconds, no redirect. Rejects with `EgressBlocked`
 * for everything else.
 */
export function makeIssuerFetch(issuer: string): typeof fetch {
  const hosts = new Set([new URL(issuer).host]);
  if (issuer === 'https://accounts.google.com') for (const host of HOSTS_OF_GOOGLE) hosts.add(host);
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (!hosts.has(url.host)) throw new EgressBlocked('the identity provider', 'host');
    const isDiscovery =
      request.method === 'GET' && url.pathname.endsWith('/.well-known/openid-configuration');
    const body = isDiscovery ? null : await listedForm(request);
    const answer = await fetch(url, {
      method: request.method,
      headers: request.headers,
      body,
      redirect: 'error',
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const { status, headers } = answer;
    return new Response(await readBounded(answer), { status, headers });
  };
}

async function listedForm(request: Request): Promise<URLSearchParams> {
  if (request.method !== 'POST') throw new EgressBlocked('the identity provider', 'route');
  const form = new URLSearchParams(await request.text());
  for (const name of form.keys()) {
    if (!FORM_FIELDS.has(name)) throw new EgressBlocked('the identity provider', 'body');
  }
  return form;
}

async function readBounded(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new RangeError('The identity provider answers too much.');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
