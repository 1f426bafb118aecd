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
  const chain = [...(forwardedFor?.split(',').map((part) => part.trim()) ?? [])];
  const told = trustedHops === 0 ? undefined : chain.at(-trustedHops);
  return canonical(told ?? socketAddress ?? '');
}

/** What an address is counted as: IPv6 by its /64, which one customer holds; IPv4 as it is. */
export function countedIp(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString();
}

function canonical(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : 'unknown';
}
