/** A browser as far as signing in needs one: it keeps cookies, names its origin, and follows where it is sent. */
export function makeVisitor({
  url,
  origin,
  ip,
}: {
  readonly url: string;
  readonly origin: string;
  readonly ip: string;
}) {
  const jar = new Map<string, string>();

  const visitor = {
    jar,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0',

    /** Asks the installation, as the page at its public origin would. */
    async ask(
      method: string,
      path: string,
      {
        body,
        headers = {},
      }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
    ): Promise<Response> {
      const answer = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          'user-agent': visitor.userAgent,
          'x-forwarded-for': ip,
          ...(jar.size === 0
            ? {}
            : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
          ...(method === 'GET' ? {} : { origin }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      for (const set of answer.headers.getSetCookie()) keep(set);
      return answer;
    },

    /** Presses the button of the sign-in page; the address at Google that it leads to. */
    async goToGoogle(returnTo = '/'): Promise<URL> {
      const query = new URLSearchParams({ return_to: returnTo });
      const answer = await visitor.ask('POST', `/auth/signin/google?${query}`);
      return new URL(answer.headers.get('location') ?? '', url);
    },

    /** Through Google and back; where one ends up at the installation. */
    async signIn(returnTo = '/'): Promise<string> {
      const atGoogle = await visitor.goToGoogle(returnTo);
      if (atGoogle.origin === origin) return atGoogle.href.slice(origin.length);
      const sentBack = await fetch(atGoogle, { redirect: 'manual' });
      return await visitor.comeBack(new URL(sentBack.headers.get('location') ?? ''));
    },

    /** As if Google had sent the browser to this address of the installation. */
    async comeBack(target: URL): Promise<string> {
      const answer = await visitor.ask('GET', target.pathname + target.search);
      const location = answer.headers.get('location') ?? `${origin}/?status=${answer.status}`;
      return location.startsWith(origin) ? location.slice(origin.length) : location;
    },

    async me(): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
      const answer = await visitor.ask('GET', '/app/me');
      return { status: answer.status, body: JSON.parse(await answer.text()) };
    },
  };
  return visitor;

  function keep(set: string): void {
    const [pair = '', ...attributes] = set.split(';').map((part) => part.trim());
    const [name = '', ...value] = pair.split('=');
    const isGone = attributes.some((text) => /^max-age=0$/i.test(text)) || value.join('=') === '';
    if (isGone) jar.delete(name);
    else jar.set(name, value.join('='));
  }
}
