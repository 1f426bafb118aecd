import ipaddr from 'ipaddr.js';
import { UrlNotAllowed } from './errors.ts';

export type AddressRules = {
  /** For installations on one's own machine: loopback may be called, over http and on any port. */
  readonly allowLoopback: boolean;
};

const LONGEST_URL = 2_000;

/** Names that never mean a public host (RFC 6761, RFC 6762, RFC 8375, and ICANN's private-use name). */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|home\.arpa|onion|invalid|test)$/;

/**
 * The address, parsed, if it may be called as far as it tells by itself: https on port 443, no credentials, and a
 * host that is neither a private name nor a private number. What a name resolves to is checked when it is called.
 *
 * @throws Problem `url_not_allowed`.
 */
export function assertAllowedUrl(text: string, { allowLoopback }: AddressRules): URL {
  if (text.length > LONGEST_URL || !URL.canParse(text)) throw new UrlNotAllowed();
  const url = new URL(text);
  const { protocol, port, username, password } = url;
  if (username !== '' || password !== '') throw new UrlNotAllowed();
  if (allowLoopback && isLoopbackHost(url.hostname)) {
    if (protocol !== 'https:' && protocol !== 'http:') throw new UrlNotAllowed();
    return url;
  }
  // The parser leaves the port out where it is the scheme's own.
  if (protocol !== 'https:' || port !== '' || !mayBePublic(url.hostname)) throw new UrlNotAllowed();
  return url;
}

/** True for `localhost` and the loopback numbers, as the URL parser writes them. */
export function isLoopbackHost(hostname: string): boolean {
  const host = bare(hostname);
  return host === 'localhost' || isLoopback(host);
}

export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}

/**
 * True for an address that anybody on the internet may have. IPv6 is global below 2000::/3 alone; addresses in which
 * an IPv4 address is written (mapped, NAT64, 6to4, Teredo and their kind) are refused whatever that one is.
 */
export function isGlobal(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv6 ? isGlobalIPv6(parsed) : true;
}

const GLOBAL_IPV6 = ipaddr.IPv6.parse('2000::');

/** ISATAP writes an IPv4 address behind `0:5efe` or `200:5efe` (RFC 5214). */
function isGlobalIPv6(address: ipaddr.IPv6): boolean {
  const [, , , , high = 0, low = 0] = address.parts;
  const isIsatap = (high === 0 || high === 0x200) && low === 0x5efe;
  return address.zoneId === undefined && address.match(GLOBAL_IPV6, 3) && !isIsatap;
}

function mayBePublic(hostname: string): boolean {
  const host = bare(hostname);
  if (ipaddr.isValid(host)) return isGlobal(host);
  return host.includes('.') && !PRIVATE_NAMES.test(host);
}

/** Without the brackets of an IPv6 address and the last dot of a complete name. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
