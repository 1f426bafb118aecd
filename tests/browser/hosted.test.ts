import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { totpCode } from '../../server/two-factor/totp.ts';
import { type ResendStandIn, startResend } from '../../stand-ins/resend.ts';
import { makeCertificate } from '../harness/certificate.ts';
import { type Hosted, ORIGIN, openHosted, STAFF } from '../sign-in/hosted.ts';
import { openChromium } from './chromium.ts';

const STEP_MS = 30_000;
const REASON = 'They cannot play their newest film.';

const stack = new AsyncDisposableStack();
let resend: ResendStandIn;
let hosted: Hosted;
let browser: Browser;
let visits = 0;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clipt-certificate-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { certFile, keyFile } = await makeCertificate(folder, 'clipt.test');
  resend = stack.use(await startResend());
  hosted = await openHosted({
    ...{ CLIPT_TLS_CERT: certFile, CLIPT_TLS_KEY: keyFile },
    ...{ RESEND_API_KEY: 're_tests', RESEND_BASE_URL: resend.baseUrl },
    MAIL_FROM: 'no-reply@example.org',
  });
  stack.defer(() => hosted.close());
  await hosted.clipt.startWorker();
  const { host } = new URL(hosted.service.heard);
  browser = await openChromium({ [`${new URL(ORIGIN).hostname}:443`]: host });
  stack.defer(() => browser.close());
});
afterAll(() => stack.disposeAsync());

type Visit = {
  readonly page: Page;
  /** What went wrong in its pages: errors, and what the content policy stopped. */
  readonly wrong: readonly string[];
};

/** Somebody with a browser of their own, as Google knows them. */
async function visit(sub: string, email: string): Promise<Visit> {
  hosted.google.twist = { sub, email };
  visits += 1;
  const context = await browser.newContext({
    // Each comes from an address of their own: sign-ins are counted under it.
    extraHTTPHeaders: { 'X-Forwarded-For': `198.51.100.${visits}` },
    ...{ baseURL: ORIGIN, ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } },
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) wrong.push(message.text());
  });
  await page.goto('/signin');
  return { page, wrong };
}

/** Sets the second factor up by the page, with the app that the person has; gives its secret and the recovery codes. */
async function enrol({ page }: Visit) {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Set up two-factor' }).click();
  await page.getByRole('img', { name: 'QR code' }).waitFor();
  const secret = (await page.locator('#totp-secret').textContent()) ?? '';
  await page.getByLabel('six digits').fill(totpCode(secret, new Date()));
  await page.getByRole('button', { name: 'Turn two-factor on' }).click();
  const recovery = page.getByRole('region', { name: 'Keep these recovery codes' });
  await recovery.waitFor();
  const recoveryCodes = await recovery.getByRole('listitem').allInnerTexts();
  await recovery.getByRole('button', { name: 'I have kept them' }).click();
  return { secret, recoveryCodes };
}

/** What the app shows next: the code at hand turned two-factor on, and none counts twice. */
const nextCode = (secret: string) => totpCode(secret, new Date(Date.now() + STEP_MS));

/** What the installation answers to a script of the page, which browsers give its cookies and its origin. */
function askAsPage(page: Page, method: string, path: string, body?: unknown) {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(path, body === null ? { method } : { method, headers, body });
      return { status: answer.status, json: await answer.json() };
    },
    [method, path, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

async function answerByKeyboard(page: Page, code: string) {
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
}

async function expectNoOverflow(page: Page) {
  const light = page.viewportSize();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([page.url(), width, colorScheme, overflow]).toEqual([
        ...[page.url(), width, colorScheme, expect.toSatisfy((by: number) => by <= 0)],
      ]);
    }
  }
  if (light) await page.setViewportSize(light);
}

test('a person with two-factor comes in with a code, or with a recovery code, by keyboard alone', async () => {
  const ada = await visit('ada', 'ada@example.org');
  const { page, wrong } = ada;
  await expectNoOverflow(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${ORIGIN}/`);
  const { secret, recoveryCodes } = await enrol(ada);
  expect(recoveryCodes).toHaveLength(10);
  await page.getByText('Recovery codes left: 10').waitFor();
  await expectNoOverflow(page);

  const signOutAndGoToGoogle = async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Continue with Google' }).click();
  };
  await signOutAndGoToGoogle();
  await answerByKeyboard(page, '000000');
  await page.getByRole('alert').filter({ hasText: 'code' }).waitFor();
  await expectNoOverflow(page);
  await answerByKeyboard(page, nextCode(secret));
  await page.waitForURL(`${ORIGIN}/`);
  await signOutAndGoToGoogle();
  await answerByKeyboard(page, recoveryCodes[0] ?? '');
  await page.waitForURL(`${ORIGIN}/`);
  await page.goto('/settings/security');
  await page.getByText('Recovery codes left: 9').waitFor();
  expect(wrong).toEqual([]);
});

test('staff who look at a person’s account are shown as such, refused what is not theirs, and told of to the person', async () => {
  const bob = await visit('bob', 'bob@example.org');
  await bob.page.getByRole('button', { name: 'Continue with Google' }).click();
  await bob.page.waitForURL(`${ORIGIN}/`);
  const { json: bobs } = await askAsPage(bob.page, 'GET', '/app/me');
  const account: string = bobs.account_id;

  const staff = await visit('staff', STAFF);
  const { page } = staff;
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  const { secret } = await enrol(staff);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await answerByKeyboard(page, nextCode(secret));
  await page.waitForURL(`${ORIGIN}/`);
  const begun = await askAsPage(page, 'POST', '/app/admin/impersonations', {
    ...{ account_id: account, reason: REASON },
  });
  expect(begun.status).toBe(201);

  for (const path of ['/docs/api', '/settings/security', '/']) {
    await page.goto(path);
    await page.getByText(`You are looking at the account ${account} as staff`).waitFor();
    await expectNoOverflow(page);
  }
  await page.getByText('Only the person whose account this is sees and makes its keys.').waitFor();
  const refused = await askAsPage(page, 'POST', '/app/keys', { name: 'mine' });
  expect([refused.status, refused.json.code]).toEqual([403, 'impersonation_forbidden']);
  await page.getByRole('button', { name: 'Stop looking' }).click();
  await page.getByRole('complementary', { name: 'Support access' }).waitFor({ state: 'detached' });
  expect((await askAsPage(page, 'GET', '/app/me')).json.impersonation).toBeNull();

  await bob.page.reload();
  await bob.page.getByText('Staff looked at your account').waitFor();
  await bob.page.getByRole('link', { name: 'What they did' }).click();
  const rows = bob.page.getByRole('region', { name: 'What staff did' }).getByRole('listitem');
  await expect
    .poll(() => rows.allInnerTexts(), { timeout: 20_000 })
    .toEqual([
      expect.stringContaining('Stopped looking'),
      expect.stringMatching(/^Tried what staff may not do.*createKey$/s),
      expect.stringContaining(REASON),
    ]);
  await expectNoOverflow(bob.page);
  const mailed = () => resend.delivered.filter(({ to }) => to.includes('bob@example.org'));
  await expect
    .poll(() => mailed().map(({ subject }) => subject), { timeout: 20_000 })
    .toContain('Staff looked at your clipt account');
  expect([...bob.wrong, ...staff.wrong]).toEqual([]);
});
