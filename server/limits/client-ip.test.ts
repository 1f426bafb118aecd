import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientIp, countedIp } from './client-ip.ts';

test('without proxies of ours, what a client says of itself is not read', () => {
  expect(clientIp('203.0.113.7', '198.51.100.1', 0)).toBe('203.0.113.7');
  expect(clientIp('203.0.113.7', undefined, 0)).toBe('203.0.113.7');
});

test('behind proxies the address is the one that the outermost of them saw', () => {
  expect(clientIp('10.0.0.1', '198.51.100.1', 1)).toBe('198.51.100.1');
  expect(clientIp('10.0.0.1', '198.51.100.1, 10.0.0.2', 2)).toBe('198.51.100.1');
  // Sent past the proxies: nobody has added anything.
  expect(clientIp('10.0.0.1', undefined, 1)).toBe('10.0.0.1');
});

test('whatever a client writes before what our proxies add, it keeps its own address', () => {
  const forged = fc.array(
    fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ maxLength: 30 }).map((s) => s.replaceAll(',', '')),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(forged, fc.integer({ min: 1, max: 3 }), (entries, hops) => {
      const added = ['198.51.100.9', '10.0.0.3', '10.0.0.2'].slice(0, hops);
      const header = [...entries, ...added].join(', ');
      expect(clientIp('10.0.0.1', header, hops)).toBe('198.51.100.9');
    }),
  );
});

test.each([
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['203.0.113.7:4711', '203.0.113.7'],
  ['[2001:db8::7]:4711', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['nonsense', 'unknown'],
  ['', 'unknown'],
])('a proxy that writes %s means %s', (written, canonical) => {
  expect(clientIp('10.0.0.1', written, 1)).toBe(canonical);
});

test('an IPv6 customer is counted as one, however many addresses it uses; IPv4 by the address', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  fc.assert(
    fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), (host) => {
      expect(countedIp(`2001:db8:1:2:${host.join(':')}`)).toBe(countedIp('2001:db8:1:2::'));
    }),
  );
  expect(countedIp('2001:db8:1:3::1')).not.toBe(countedIp('2001:db8:1:2::1'));
  expect(countedIp('203.0.113.7')).not.toBe(countedIp('203.0.113.8'));
  expect(countedIp('::ffff:203.0.113.7')).toBe(countedIp('203.0.113.7'));
});
