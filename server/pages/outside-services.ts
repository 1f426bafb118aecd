import type { Config } from '../platform/config.ts';

/** A service that somebody else runs and that learns something because of what people do here. */
export type OutsideService = {
  readonly name: string;
  /** The host that it is asked at, where that says something; null for the operator's own. */
  readonly host: string | null;
  readonly purpose: string;
  /** What it is sent, in words that go on a sentence. */
  readonly sent: string;
};

type Settings = Pick<
  Config,
  'vendors' | 'mail' | 'signIn' | 'telemetry' | 's3' | 'databaseUrl' | 'redisUrl'
>;

/** The outside services of an installation, as its settings have them; none where everything is made here. */
export function outsideServices(settings: Settings): readonly OutsideService[] {
  return [...models(settings), ...accounts(settings), ...telemetry(settings), ...storage(settings)];
}

function models({ vendors }: Settings): readonly OutsideService[] {
  const { ark, elevenLabs, openAi, whisperUrl } = vendors;
  const found: OutsideService[] = [];
  if (ark) {
    found.push({
      name: 'BytePlus ModelArk',
      host: hostOf(ark.baseUrl),
      purpose: 'Writes ideas and scripts, and films scenes.',
      sent: 'your topic or script, the description of each scene, and pictures that you chose for it to begin with.',
    });
  }
  if (elevenLabs) {
    found.push({
      name: 'ElevenLabs',
      host: hostOf(elevenLabs.baseUrl),
      purpose: 'Speaks narrations.',
      sent: elevenLabs.zeroRetention
        ? 'the text to be spoken, with the order to keep nothing of it.'
        : 'the text to be spoken.',
    });
  }
  // A whisper.cpp server goes before OpenAI.
  if (whisperUrl !== null) {
    found.push({
      name: 'whisper.cpp',
      host: null,
      purpose: 'Finds out when each word is said, on a server of the operator’s choice.',
      sent: 'narrations and the sound of footage that you want captions for.',
    });
  } else if (openAi) {
    found.push({
      name: 'OpenAI',
      host: hostOf(openAi.baseUrl),
      purpose: 'Finds out when each word is said.',
      sent: 'narrations, the sound of footage that you want captions for, and the script where there is one.',
    });
  }
  return found;
}

function accounts({ signIn, mail }: Settings): readonly OutsideService[] {
  const found: OutsideService[] = [];
  if (signIn) {
    found.push({
      name: 'Google',
      host: hostOf(signIn.issuer),
      purpose: 'Signs people in.',
      sent: 'that you sign in here. We get your name and e-mail address, and keep no key to your Google account.',
    });
  }
  if (mail) {
    found.push({
      name: 'Resend',
      host: hostOf(mail.baseUrl),
      purpose: 'Delivers mail about your account.',
      sent: 'your e-mail address and the words of the mail, in which nothing is tracked.',
    });
  }
  return found;
}

function telemetry({ telemetry: { sentryDsn, postHog } }: Settings): readonly OutsideService[] {
  const found: OutsideService[] = [];
  if (sentryDsn !== null) {
    found.push({
      name: 'Sentry',
      host: hostOf(sentryDsn),
      purpose: 'Collects errors.',
      sent: 'an error’s code, the operation and the number of the request; of one operation in twenty how long it took. No text, no address and no account.',
    });
  }
  if (postHog) {
    found.push({
      name: 'PostHog',
      host: hostOf(postHog.host),
      purpose: 'Counts what is used.',
      sent: 'that somebody asked for a film, made a key and the like, under a number that only this installation can trace to an account. Nothing that you wrote, and not where you come from.',
    });
  }
  return found;
}

function storage({ s3, databaseUrl, redisUrl }: Settings): readonly OutsideService[] {
  const found: OutsideService[] = [];
  if (s3) {
    found.push({
      name: 'Object storage',
      host: hostOf(s3.endpoint),
      purpose: 'Keeps films, clips, narrations and uploads, in a closed bucket.',
      sent: 'those files, under names that say nothing.',
    });
  }
  if (databaseUrl !== null) {
    found.push({
      name: 'PostgreSQL',
      host: null,
      purpose: 'Keeps everything else, on a server of the operator’s choice.',
      sent: 'what this page says is kept.',
    });
  }
  if (redisUrl !== null) {
    found.push({
      name: 'Redis',
      host: null,
      purpose: 'Counts requests and passes on progress, on a server of the operator’s choice.',
      sent: 'the address that you come from and opaque ids, for minutes.',
    });
  }
  return found;
}

function hostOf(url: string): string {
  return new URL(url).host;
}
