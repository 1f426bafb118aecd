import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
/** Nothing may reach out, and what pages need is all on loopback. */
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A browser in which names lead where `hosts` says, as `clipt.test:443` to `127.0.0.1:4000`. */
export function openChromium(hosts: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const rules = Object.entries(hosts).map(([name, target]) => `MAP ${name} ${target}`);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [...QUIET, `--host-resolver-rules=${rules.join(',')}`],
  });
}
