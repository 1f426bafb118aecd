import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import type { Log } from '../platform/log.ts';
import { Problem } from '../platform/problem.ts';
import { type Service, startService } from '../wiring/service.ts';
import { asService } from './as-service.ts';
import { onInterrupt } from './interrupt.ts';

/** Answers under way have ten seconds; what follows them needs a moment. */
const DRAIN_GRACE_MS = 12_000;

/** `clipt start`: serves the API and the pages, works on videos, prints the owner's sign-in link; until told to stop. */
export async function startCommand(config: Config): Promise<void> {
  const interrupt = onInterrupt(DRAIN_GRACE_MS);
  try {
    await using clipt = await openClipt(asService(config));
    warnOfPlaintext(config, clipt.log);
    const { role } = config.service;
    const service = role === 'worker' ? null : await startService(clipt, config);
    if (service) {
      process.stdout.write(
        config.signIn
          ? welcomeOperator(service)
          : welcome(service.url, await clipt.sessions.makeSignInLink(await clipt.anyOwner())),
      );
    }
    if (role !== 'web') await clipt.startWorker();
    await untilInterrupted(interrupt.signal);
    process.stderr.write('Stopping …\n');
    await service?.stop();
  } finally {
    interrupt.end();
  }
}

/** `clipt link`: another one-time sign-in link for the owner, as `start` prints one. */
export async function linkCommand(config: Config): Promise<void> {
  if (config.signIn) throw new NoLinks();
  await using clipt = await openClipt(config);
  const token = await clipt.sessions.makeSignInLink(await clipt.anyOwner());
  const url = config.service.url ?? `http://localhost:${config.service.port}`;
  process.stdout.write(`${signInLink(url, token)}\n`);
}

class NoLinks extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'no_links',
      message: 'This installation has sign-in with Google and no links.',
      action: 'Open its address in a browser and sign in.',
    });
  }
}

/** Nobody should forget what goes over a network in the clear. */
function warnOfPlaintext({ plaintext }: Config, log: Log): void {
  if (plaintext.length === 0) return;
  log.warn('transport.plaintext', { settings: plaintext.join(' ') });
  process.stderr.write(`Without TLS over a network: ${plaintext.join(', ')}.\n`);
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function signInLink(url: string, token: string): string {
  return `${url}/signin#${token}`;
}

/** What an operator needs first: where the proxy leads to, and what Google has to know. */
function welcomeOperator({ url, heard }: Service): string {
  return `clipt is running at ${url}, and listens on ${heard}

Sign in: ${url}/signin      API reference: ${url}/docs/api
The redirect address to be set at Google: ${url}/auth/callback/google
Ctrl-C stops; what is being made goes on at the next start.
`;
}

/** What a person needs first: the link, and the way for programs, ready to be pasted. */
function welcome(url: string, token: string): string {
  return `clipt is running at ${url}

Sign in (works once, for ten minutes):
  ${signInLink(url, token)}

Or with curl alone, instead of the link:
  curl -c jar -H 'Content-Type: application/json' -d '{"token":"${token}"}' ${url}/app/sessions
  curl -b jar -H 'Origin: ${url}' -H 'Content-Type: application/json' -d '{"topic":"Why octopuses have three hearts"}' ${url}/v1/videos
  curl -b jar '${url}/v1/videos/VIDEO_ID?wait=25'                       until its status is succeeded
  curl -b jar ${url}/v1/videos/VIDEO_ID/files                           lists the files
  curl -b jar -L -o film.mp4 ${url}/v1/renders/RENDER_ID/film.mp4       saves the film

For programs: ./clipt keys create --name mine      API reference: ${url}/docs/api
Ctrl-C stops; what is being made goes on at the next start.
`;
}
