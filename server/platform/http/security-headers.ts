/** What every answer carries, whatever it is (the security page describes why). */
export type HeaderPolicy = {
  /** True behind https: browsers then never come back without it. */
  readonly hsts: boolean;
  /** Origins of the object storage that pages load films and pictures from. */
  readonly storageOrigins: readonly string[];
  /** Where the form of the sign-in page leads; null without sign-in. */
  readonly signInOrigin: string | null;
};

export const HSTS = 'max-age=63072000; includeSubDomains; preload';

/** Headers that are the same on every answer. */
export function securityHeaders({
  hsts,
  storageOrigins,
  signInOrigin,
}: HeaderPolicy): Readonly<Record<string, string>> {
  const storage = storageOrigins.map((origin) => ` ${origin}`).join('');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    `img-src 'self' blob: data:${storage}`,
    `media-src 'self' blob:${storage}`,
    `connect-src 'self'${storage}`,
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self'${signInOrigin === null ? '' : ` ${signInOrigin}`}`,
    "require-trusted-types-for 'script'",
    'report-to csp',
  ];
  return {
    ...(hsts ? { 'Strict-Transport-Security': HSTS } : {}),
    'Content-Security-Policy': policy.join('; '),
    'Reporting-Endpoints': 'csp="/csp-reports"',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}
