/** A session with the token that its browser is to hold. */
type Shown = { readonly sessionToken: string; readonly session: { readonly expiresAt: Date } };

/**
 * How the cookie of a session is called and kept, or the one that staff who look at an account have beside it: only behind
 * https can it be bound to the host.
 */
export function cookieFor(origin: string, of: 'session' | 'imp' = 'session') {
  const isHttps = origin.startsWith('https://');
  const name = isHttps ? `__Host-clipt.${of}` : `clipt.${of}`;
  const attributes = `HttpOnly; SameSite=Lax; Path=/${isHttps ? '; Secure' : ''}`;
  return {
    name,
    attributes,
    /** The value of `Set-Cookie` that gives a browser its session. */
    set({ sessionToken, session }: Shown): string {
      const seconds = Math.max(0, Math.ceil((session.expiresAt.getTime() - Date.now()) / 1000));
      return `${name}=${sessionToken}; Max-Age=${seconds}; ${attributes}`;
    },
    /** The value of `Set-Cookie` that takes it away. */
    clear: `${name}=; Max-Age=0; ${attributes}`,
  };
}

export type Cookie = ReturnType<typeof cookieFor>;

/** Every value under that name: two are one too many. */
export function tokensIn(cookies: string, name: string): readonly string[] {
  return cookies
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
}
