import { EgressBlocked } from './errors.ts';
import type { EgressPolicy } from './policy.ts';

/**
 * The address of a vendor's file, if it lies where the policy says that files lie. Throws `EgressBlocked`
 * otherwise. A vendor's answer names these addresses, so they are trusted no further than the list: https only
 * (http where the base URL itself is http), no user name in it, no port but the listed one.
 */
export function permitFile(policy: EgressPolicy, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const base = new URL(policy.baseUrl);
  const scheme =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && base.protocol === 'http:');
  const isListed =
    url !== null &&
    scheme &&
    url.username === '' &&
    url.password === '' &&
    (url.host === base.host || policy.fileHosts.some((entry) => isOn(url, entry)));
  if (!isListed) throw new EgressBlocked(policy.vendor, 'host');
  url.hash = '';
  return url;
}

/** `URL` has folded case, unusual spellings of addresses and the scheme's own port already. */
function isOn(url: URL, entry: string): boolean {
  const [name = '', port = ''] = entry.toLowerCase().split(':');
  if (url.port !== port) return false;
  if (!name.startsWith('*.')) return url.hostname === name;
  return url.hostname.length > name.length - 1 && url.hostname.endsWith(name.slice(1));
}
