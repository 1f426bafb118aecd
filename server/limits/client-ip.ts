import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The client's address, canonical. Of `X-Forwarded-For`, only what `trustedHops` proxies of ours have added counts:
 * what stands before that, anybody may have written.
 */
export function clientIp(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trustedHops: number,
): string {
  const chain = forwardedFor?.split(',').map(withoutPort) ?? [];
  const told = trustedHops === 0 ? undefined : chain.at(-trustedHops);
  return canonical(told ?? socketAddress ?? '');
}

/** What an address is counted as: IPv6 by its /64, which one customer holds; IPv4 as it is. */
export function countedIp(ip: string): string {
  if (isIPv4(ip)) return ip;
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString();
}

/** IPv4 as four decimals also where it came as `::ffff:…`; IPv6 as RFC 5952 has it, without the zone. */
function canonical(text: string): string {
  // Four decimals without leading zeros are canonical; most addresses are that.
  if (isIPv4(text)) return text;
  const [address = ''] = text.split('%');
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : 'unknown';
}

/** Some proxies write `203.0.113.7:4711` or `[2001:db8::7]:4711`. */
function withoutPort(entry: string): string {
  const text = entry.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed;
  return /^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}
