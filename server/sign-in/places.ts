export const AUTH_PATH = '/auth';
export const SIGN_IN_PAGE = '/signin';

/** The sign-in page, which tells what went wrong. */
export function refusal(error: string): string {
  return `${SIGN_IN_PAGE}?error=${error}`;
}

/** An address of this installation as it was asked for, or its front page: nobody is sent elsewhere. */
export function sameOrigin(url: string, origin: string): string {
  const target = URL.parse(url, origin);
  return target?.origin === origin ? target.href : `${origin}/`;
}
