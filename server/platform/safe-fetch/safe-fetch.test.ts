import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { assertAllowedUrl, isGlobal } from './allowed-url.ts';
import { type Lookup, makeSafeFetch } from './safe-fetch.ts';

const signal = new AbortController().signal;
const refused = { kind: 'invalid', code: 'url_not_allowed', status: 422 };
const MESSAGE = 'This address cannot be used.';
const strict = { allowLoopback: false };

const PRIVATE = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.8.8.8'],
  ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1'],
  ...['192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
  ...['::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::a00:1', '100::1'],
  ...['2001::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:db8::1', '2002:7f00:1::', '3fff::1'],
  ...['2002:808:808::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fec0::1', 'ff02::1', '4000::1'],
  ...['2606:4700::5efe:a00:1', '2606:4700::200:5efe:a00:1', '5f00::1', '2001:10::1', '2001:2::1'],
];
const PUBLIC = ['8.8.8.8', '1.1.1.1', '100.63.255.255', '172.32.0.1', '2606:4700:4700::1111'];

describe('addresses', () => {
  test.each(PRIVATE)('%s is nobody’s on the internet', (address) => {
    expect(isGlobal(address)).toBe(false);
    const host = address.includes(':') ? `[${address}]` : address;
    expect(() => assertAllowedUrl(`https://${host}/`, strict)).toThrow(MESSAGE);
  });

  test.each(PUBLIC)('%s may be called', (address) => {
    expect(isGlobal(address)).toBe(true);
    const host = address.includes(':') ? `[${address}]` : address;
    expect(assertAllowedUrl(`https://${host}/x`, strict).pathname).toBe('/x');
  });

  test.each([
    ...[
      'http://example.com/',
      'https://example.com:8443/',
      'ftp://example.com/',
      'file:///etc/passwd',
    ],
    ...[
      'https://user@example.com/',
      'https://user:word@example.com/',
      'https://:word@example.com/',
    ],
    ...['https://localhost/', 'https://localhost./', 'https://a.localhost/', 'https://intranet/'],
    ...['https://db.internal/', 'https://printer.local/', 'https://2130706433/', 'https://0x7f.1/'],
    ...[
      'https://0177.0.0.1/',
      'https://127.1/',
      'https://①②⑦.0.0.1/',
      'https://[::1]/',
      '',
      'https://',
    ],
    ...[
      'javascript:alert(1)',
      'data:text/html,x',
      'example.com',
      `https://example.com/${'a'.repeat(2_000)}`,
    ],
  ])('%s is refused', (url) => {
    expect(() => assertAllowedUrl(url, strict)).toThrow(MESSAGE);
  });

  test('loopback may be called over http and on any port only where that is allowed', () => {
    const loopback = { allowLoopback: true };
    for (const url of ['http://127.0.0.1:8080/', 'http://localhost:1/', 'https://[::1]:9/']) {
      expect(assertAllowedUrl(url, loopback).href).toBe(url);
      expect(() => assertAllowedUrl(url, strict)).toThrow(MESSAGE);
    }
    for (const url of [
      'http://example.com/',
      'https://10.0.0.1/',
      'http://localhost.example.com/',
    ]) {
      expect(() => assertAllowedUrl(url, loopback)).toThrow(MESSAGE);
    }
  });

  test('an IPv4 address that is not global is refused however IPv6 writes it', () => {
    const octet = fc.nat(255);
    const octets = fc.tuple(octet, octet, octet, octet);
    fc.assert(
      fc.property(octets, ([a, b, c, d]) => {
        const high = ((a << 8) | b).toString(16);
        const low = ((c << 8) | d).toString(16);
        const written = [
          ...[`::ffff:${high}:${low}`, `64:ff9b::${high}:${low}`, `2002:${high}:${low}::1`],
          ...[`::${high}:${low}`, `::ffff:0:${high}:${low}`, `2001:0:${high}:${low}::1`],
        ];
        return written.every((address) => !isGlobal(address));
      }),
    );
  });

  test('whatever text is given, it is refused or it is https on the standard port', () => {
    const url = fc.oneof(
      fc.string(),
      fc.webUrl({ withQueryParameters: true }),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(url, fc.constantFrom('', 'https://', 'http://'), (text, scheme) => {
        try {
          const { protocol, port } = assertAllowedUrl(`${scheme}${text}`, strict);
          return protocol === 'https:' && port === '';
        } catch (error) {
          return error instanceof Error && error.message === MESSAGE;
        }
      }),
    );
  });
});

describe('calls', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.closeAllConnections();
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    server.unref();
    const address = server.address();
    return `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
  }
  const toLoopback = makeSafeFetch({ allowLoopback: true });

  test('sends what was given and gives back status, headers and bytes', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (text) => {
        response.writeHead(201, { 'x-method': `${request.method} ${request.url}` });
        response.end(`${text} ${request.headers['x-own']}`);
      });
    });
    const call = { method: 'POST', body: 'hello', headers: { 'x-own': 'yes' }, signal } as const;
    const answer = await toLoopback(`${url}/a?b=c`, call);
    expect(answer).toMatchObject({ status: 201, headers: { 'x-method': 'POST /a?b=c' } });
    expect(answer.bytes.toString()).toBe('hello yes');
  });

  test.each([
    ['one address of several is private', ['8.8.8.8', '127.0.0.1']],
    ['the address is private', ['169.254.169.254']],
    ['the address is a mapped one', ['::ffff:10.0.0.1']],
    ['there is no address', []],
  ])('a name is refused when %s, and nothing is connected to', async (_why, addresses) => {
    const safeFetch = makeSafeFetch({ allowLoopback: true, lookup: answering(addresses) });
    const call = safeFetch('https://rebinding.example.com/', { method: 'GET', signal });
    await expect(call).rejects.toMatchObject({ ...refused, message: MESSAGE });
  });

  test('a name that is rebound after it was allowed is refused, at its one look-up', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end();
    });
    const answers = ['127.0.0.1', '10.0.0.1'];
    let lookUps = 0;
    const lookup: Lookup = (_hostname, done) => {
      const address = answers[lookUps++] ?? '127.0.0.1';
      done(null, [{ address, family: 4 }]);
    };
    const safeFetch = makeSafeFetch({ allowLoopback: true, lookup });
    expect(await safeFetch(url, { method: 'GET', signal })).toMatchObject({ status: 200 });
    expect(lookUps).toBe(1);
    await expect(safeFetch(url, { method: 'GET', signal })).rejects.toMatchObject(refused);
    expect(lookUps).toBe(2);
  });

  test('a redirect is an answer and is not followed', async () => {
    let visits = 0;
    const url = await serve((_request, response) => {
      visits += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await toLoopback(url, { method: 'GET', signal })).toMatchObject({ status: 302 });
    expect(visits).toBe(1);
  });

  test.each(['headers', 'body'])(
    'an answer whose %s drip is cut off at the time limit',
    async (part) => {
      const url = await serve((_request, response) => {
        if (part === 'body') response.writeHead(200);
        const drip = setInterval(() => {
          if (part === 'body') response.write('.');
          else response.socket?.write('H');
        }, 20);
        response.on('close', () => clearInterval(drip));
      });
      const started = performance.now();
      const call = toLoopback(url, { method: 'GET', signal, timeoutMs: 200 });
      await expect(call).rejects.toMatchObject({
        code: part === 'body' ? 'outbound_timed_out' : expect.stringMatching(/^outbound_/),
      });
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );

  test('an answer longer than what is read is cut off; where none is read its status counts', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const call = { method: 'GET', signal } as const;
    await expect(toLoopback(url, { ...call, maxBytes: 100_000 })).rejects.toMatchObject({
      code: 'outbound_answer_too_large',
    });
    expect(await toLoopback(url, { ...call, maxBytes: 0 })).toMatchObject({ status: 200 });
  });

  test('the caller’s own end is told as such, a closed port as unreachable', async () => {
    const url = await serve(() => undefined);
    const ending = new AbortController();
    const call = toLoopback(url, { method: 'GET', signal: ending.signal });
    ending.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    closed.close();
    await once(closed, 'close');
    await expect(
      toLoopback(`http://127.0.0.1:${port}/`, { method: 'GET', signal }),
    ).rejects.toMatchObject({ code: 'outbound_unreachable' });
  });
});

function answering(addresses: readonly string[]): Lookup {
  return (_hostname, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}
