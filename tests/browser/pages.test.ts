import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clipt, openClipt } from '../../server/main.ts';
import { readConfig } from '../../server/platform/config.ts';
import { type Service, startService } from '../../server/wiring/service.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { openChromium } from './chromium.ts';

let dir: string;
let database: TestDatabase;
let clipt: Clipt;
let service: Service;
let browser: Browser;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clipt-browser-'));
  database = await createTestDatabase();
  const env = { CLIPT_DATA_DIR: dir, DATABASE_URL: database.url, CLIPT_PORT: '0' };
  const config = readConfig(env, '');
  clipt = await openClipt(config);
  service = await startService(clipt, config);
  await clipt.startWorker();
  browser = await openChromium();
});

afterAll(async () => {
  await browser?.close();
  await service.stop();
  await clipt[Symbol.asyncDispose]();
  await database.close();
  await rm(dir, { recursive: true, force: true });
});

/** A page that keeps what goes wrong in it: errors, and what the content policy stopped. */
async function openPage(width: number): Promise<{ page: Page; wrong: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) wrong.push(message.text());
  });
  page.on('request', (request) => {
    if (request.url().endsWith('/csp-reports')) wrong.push('a report of the content policy');
  });
  return { page, wrong };
}

test('the one-time link signs in once, and a film can be made and watched without a word from the content policy', async () => {
  const { page, wrong } = await openPage(1280);
  const link = `${service.url}/signin#${await clipt.sessions.makeSignInLink(await clipt.owner())}`;
  await page.goto(link);
  await page.waitForURL(`${service.url}/`);
  expect(page.url()).not.toContain('#');
  await page
    .getByLabel(/topic|about/i)
    .first()
    .fill('Why cats purr');
  await page.getByRole('button', { name: /make/i }).first().click();
  await page.getByText('Why cats purr').first().waitFor();
  const account = await clipt.owner();
  const listed = await page.request.get(`${service.url}/v1/videos`);
  expect((await listed.json()).data).toHaveLength(1);
  expect(account).toMatch(/^acc_/);
  expect(wrong).toEqual([]);

  const again = await openPage(390);
  await again.page.goto(link);
  await again.page
    .getByText(/does not work|used|expired|no longer/i)
    .first()
    .waitFor();
  expect(again.wrong.filter((text) => !text.includes('401'))).toEqual([]);
});

test.each([1280, 390])(
  'the reference shows every operation at %i pixels and needs no script',
  async (width) => {
    const { page, wrong } = await openPage(width);
    await page.goto(`${service.url}/docs/api`);
    const document = await (await page.request.get(`${service.url}/v1/openapi.json`)).json();
    const operations = Object.values<object>(document.paths).flatMap((path) => Object.keys(path));
    expect(await page.locator('article').count()).toBe(operations.length);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(wrong).toEqual([]);
  },
);

test.each(
  ['/signin', '/privacy', '/acceptable-use', '/security', '/security/thanks'].flatMap((path) =>
    [1280, 390].map((width) => ({ path, width })),
  ),
)(
  '$path fits $width pixels, leads to the others by keyboard, and breaks no rule of the content policy',
  async ({ path, width }) => {
    const { page, wrong } = await openPage(width);
    await page.goto(`${service.url}${path}`);
    await page.getByRole('contentinfo').waitFor();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    const privacy = page.getByRole('contentinfo').getByRole('link', { name: 'Privacy' });
    await privacy.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${service.url}/privacy`);
    await page.getByRole('heading', { level: 1, name: 'Privacy' }).waitFor();
    expect(wrong).toEqual([]);
  },
);
