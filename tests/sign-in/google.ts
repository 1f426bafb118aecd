import type { IncomingMessage } from 'node:http';
import {
  Events,
  HttpServer,
  type MutableResponse,
  type MutableToken,
  OAuth2Issuer,
  OAuth2Service,
} from 'oauth2-mock-server';

/** Somebody's claims, as Google has them in its identity token. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Google, stood in for by a real OpenID provider: discovery, authorization with PKCE and nonce, signed tokens. Whoever
 * comes is `person`; `twist` changes what the identity token says of them last.
 */
export async function startGoogle() {
  const issuer = new OAuth2Issuer();
  await issuer.keys.generate('RS256');
  const service = new OAuth2Service(issuer);
  const requests: unknown[] = [];
  const server = new HttpServer((request, response) => {
    const { method, url, headers } = request;
    requests.push({ method, url, headers });
    service.requestHandler(request, response);
  });
  await server.start(0, '127.0.0.1');
  const url = `http://127.0.0.1:${server.address()?.port}`;
  issuer.url = url;
  const google = {
    url,
    person: { sub: '1', email: 'ada@example.org', email_verified: true, name: 'Ada' } as Claims,
    /** Null removes a claim. */
    twist: {} as Claims,
    /** What the token endpoint answers instead. */
    failure: null as MutableResponse | null,
    asked: 0,
    /** Every request, and what the token endpoint was sent. */
    requests,
    stop: () => server.stop(),
  };
  service.on(Events.BeforeTokenSigning, ({ payload }: MutableToken) => {
    for (const [name, value] of Object.entries({ ...google.person, ...google.twist })) {
      if (value === null) delete payload[name];
      else payload[name] = value;
    }
  });
  service.on(Events.BeforeResponse, (response: MutableResponse, request: IncomingMessage) => {
    google.asked += 1;
    requests.push('body' in request ? request.body : null);
    if (google.failure) Object.assign(response, google.failure);
  });
  return google;
}
