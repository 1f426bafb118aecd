import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { type Hearing, hearingRoute, makeHearing } from './hearing/hearing.ts';
import { measureSound } from './hearing/measure.ts';
import { jsonReply, type Reply, textReply } from './reply.ts';
import { type Ask, type Refusal, Refused } from './route.ts';
import { type StandIn, startStandIn } from './server.ts';
import { readInferenceForm } from './whisper-cpp/form.ts';
import { presentHeard } from './whisper-cpp/inference.ts';

export type WhisperCppOptions = {
  readonly port?: number;
  /** How long a sound is listened to at the least. */
  readonly hearMs?: number;
};

export type WhisperCppStandIn = StandIn & {
  /** What is heard in which sound. */
  readonly hearing: Pick<Hearing, 'tell'>;
};

/** What the server decodes by itself (server.cpp, 233fe1fc). */
const DECODED = ['wav', 'mp3', 'flac'];

/**
 * A whisper.cpp server: one sound at a time, words in pieces, and errors that its own handler overwrites. Nobody
 * needs a key. Routes for faults: `inference`, `health`, `page`. Also steered by `POST transcripts`.
 */
export async function startWhisperCpp(options: WhisperCppOptions = {}): Promise<WhisperCppStandIn> {
  const hearing = makeHearing();
  // One lock for everything: others wait with their connections open.
  const turn = pLimit(1);

  async function infer(ask: Ask): Promise<Reply> {
    const form = readInferenceForm(ask.body);
    if (options.hearMs) await delay(options.hearMs, undefined, { signal: ask.signal });
    const { bytes } = form.file;
    const heard = hearing.hear(bytes, null);
    const isDecoded = DECODED.includes(measureSound(bytes)?.container ?? '');
    if (!heard || !isDecoded) throw new Refused(400, null, 'failed to read audio data');
    return opened(presentHeard(form, heard));
  }

  const standIn = await startStandIn({
    port: options.port ?? 0,
    maxBodyBytes: 512 * 1024 * 1024,
    refusal: (refusal) => opened(overwritten(refusal)),
    routes: [
      {
        ...{ name: 'inference', method: 'POST', path: '/inference' },
        handle: (ask) => turn(() => infer(ask)),
      },
      {
        ...{ name: 'health', method: 'GET', path: '/health' },
        handle: () => opened(jsonReply({ status: 'ok' })),
      },
      {
        ...{ name: 'page', method: 'GET', path: '/' },
        handle: () => textReply('<html><body>Whisper.cpp Server</body></html>', 'text/html'),
      },
    ],
    steering: [hearingRoute(hearing)],
    onReset: hearing.forget,
  });
  return { ...standIn, hearing };
}

/**
 * What is left of an error once the server's global handler has been over it: 400 is a fixed text, 500 keeps its
 * own, and everything else is a 404 that names the path.
 */
function overwritten({ status, code, message, path }: Refusal): Reply {
  if (status === 400) return textReply('Invalid request', 'text/plain', 400);
  if (status !== 500) return textReply(`File Not Found (${path})`, 'text/plain', 404);
  if (code === 'thrown') return textReply(message ?? '', 'text/plain', 500);
  return jsonReply({ error: message ?? 'failed to process audio' }, { status: 500 });
}

/** Any page of any site may read it. */
const opened = (reply: Reply): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'access-control-allow-origin': '*' },
});
