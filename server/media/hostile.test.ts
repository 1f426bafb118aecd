import { execFile } from 'node:child_process';
import {
  access,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sniffContainer } from './accept.ts';
import { makeMediaEngine } from './engine.ts';
import type { MediaEngine } from './media.ts';

const FFMPEG = '/usr/bin/ffmpeg';
const ffmpegIsThere = await access(FFMPEG).then(
  () => true,
  () => false,
);
const CANARY = 'canary-9f1c27';
const LONG_AGO = new Date('2001-01-01');

let dir: string;
let canary: string;
let listener: Server;
let port: number;
let knocks = 0;
const corpus = new Map<string, string>();

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'clipt-hostile-')));
  canary = join(dir, 'canary.txt');
  listener = createServer((_, response) => {
    knocks += 1;
    response.end();
  });
  listener.on('connection', () => {
    knocks += 1;
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  port = typeof address === 'object' && address ? address.port : 0;
  await writeFile(canary, `${CANARY}\n`);
  await makeCorpus();
  await utimes(canary, LONG_AGO, new Date());
});
afterAll(async () => {
  listener.close();
  await rm(dir, { recursive: true, force: true });
});

async function makeCorpus(): Promise<void> {
  const url = `http://127.0.0.1:${port}/x`;
  const hls = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${canary}\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`;
  const concat = `ffconcat version 1.0\nfile ${canary}\nfile ${url}\n`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"><image xlink:href="file://${canary}"/><image xlink:href="${url}"/></svg>`;
  const dash = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>${url}</BaseURL></MPD>`;
  const sdp = `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video ${port} RTP/AVP 96\n`;
  const texts = {
    'playlist.mp4': hls,
    'playlist.m3u8': hls,
    'list.mp4': concat,
    'list.png': concat,
    'drawing.png': svg,
    'drawing.svg': svg,
    'stream.mp4': dash,
    'session.mp4': sdp,
    'words.srt': `1\n00:00:00,000 --> 00:00:01,000\n${CANARY}\n`,
    'words.mp4': `[Script Info]\n[Fonts]\nfontname: ${canary}\n`,
    'tagged.mp3': `ID3\x04\0\0\0\0\0\0${hls}`,
    'ogg.ogg': `OggS${hls}`,
    'flac.flac': `fLaC${concat}`,
    'wave.wav': `RIFF\xff\xff\xff\xffWAVE${hls}`,
    'film.mkv': `\x1a\x45\xdf\xa3${hls}`,
    'head.mp4': `\0\0\0\x18ftypisom\0\0\0\0isommp42${hls}`,
    'jpeg.jpg': `\xff\xd8\xff\xe0${concat}`,
    'webp.webp': `RIFF\x20\0\0\0WEBPVP8 ${hls}`,
    'empty.mp4': '',
    'one.mp4': 'x',
  };
  for (const [name, text] of Object.entries(texts)) await keep(name, Buffer.from(text, 'latin1'));
  const emptyIndex = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08moov', 'latin1');
  await keep('noindex.mp4', emptyIndex);
  await keep('huge.png', pngOf(65_535, 65_535));
  await keep('large.png', pngOf(30_000, 30_000));
  await keep('cut.png', pngOf(64, 64).subarray(0, 40));
  const sof = [
    0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xff, 0xdc, 0xff, 0xdc, 3, 1, 0x22, 0, 2, 0x11, 1, 3,
  ];
  await keep('huge.jpg', Buffer.from([...sof, 0x11, 1, 0xff, 0xd9]));
  await keep('cut.mp4', await cutFilm());
  await mkdir(join(dir, 'folder.mp4'));
  await symlink(canary, join(dir, 'link.mp4'));
  await promisify(execFile)('mkfifo', [join(dir, 'pipe.mp4')]);
  for (const name of ['folder.mp4', 'link.mp4', 'pipe.mp4', 'absent.mp4'])
    corpus.set(name, join(dir, name));
}

async function keep(name: string, bytes: Buffer): Promise<void> {
  corpus.set(name, join(dir, name));
  await writeFile(join(dir, name), bytes);
}

/** A PNG header that promises a picture, and hardly any data. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(33);
  header.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header.set([8, 6, 0, 0, 0], 24);
  return Buffer.concat([
    header,
    Buffer.from('\0\0\0\x02IDAT\x78\x9c\0\0\0\0\0\0\0\0IEND', 'latin1'),
  ]);
}

/** A film that lacks its last tenth. */
async function cutFilm(): Promise<Buffer> {
  const file = join(dir, 'whole.mov');
  const engine = await makeMediaEngine({ ffmpegPath: null, workDir: join(dir, 'work') });
  const encoding = { codec: 'h264', preset: 'ultrafast', crf: 23, fps: 30, gopFrames: 30 } as const;
  await engine.transcode(
    {
      inputs: [],
      graph: 'testsrc2=size=128x128:rate=30[v]',
      outputs: [{ file, video: { from: 'v', frames: 10, encoding } }],
    },
    { signal: new AbortController().signal },
  );
  const whole = await readFile(file);
  return whole.subarray(0, Math.floor(whole.length * 0.9));
}

describe.each([
  ['node-av', null],
  ['ffmpeg', FFMPEG],
])('hostile files given to %s', (name, ffmpegPath) => {
  let engine: MediaEngine;
  const call = () => ({ signal: new AbortController().signal });
  const here = test.skipIf(name === 'ffmpeg' && !ffmpegIsThere);
  beforeAll(async () => {
    if (name !== 'ffmpeg' || ffmpegIsThere)
      engine = await makeMediaEngine({ ffmpegPath, workDir: join(dir, 'work') });
  });

  here('are all refused in one sentence, without a word of what lies behind them', async () => {
    const wrong = [];
    for (const [kind, file] of corpus) {
      const answer: unknown = await engine.probe(file, call()).catch((error: unknown) => error);
      const refused =
        answer instanceof Error && 'code' in answer && answer.code === 'media_rejected';
      const sentence = answer instanceof Error ? answer.message : '';
      if (!refused || !/^The media file [^.]+\.$/.test(sentence) || sentence.includes(dir))
        wrong.push([kind, answer]);
      if (JSON.stringify(answer, ['message', 'cause', 'action']).includes(CANARY)) wrong.push(kind);
    }
    expect(wrong).toEqual([]);
  });

  here('make no file when they are to be encoded', async () => {
    const encoding = { codec: 'png' } as const;
    const out = join(dir, `out-${name}.png`);
    for (const kind of [
      'playlist.mp4',
      'head.mp4',
      'film.mkv',
      'huge.png',
      'cut.mp4',
      'jpeg.jpg',
    ]) {
      const file = corpus.get(kind) ?? '';
      const task = {
        inputs: [{ kind: 'media', file }],
        graph: '[0:v]null[o]',
        outputs: [{ file: out, video: { from: 'o', frames: 1, encoding } }],
      } as const;
      await expect(engine.transcode(task, call())).rejects.toMatchObject({
        code: 'media_rejected',
      });
    }
    await expect(access(out)).rejects.toThrow();
  });

  here('read no other file and call nobody', async () => {
    expect(knocks).toBe(0);
    expect((await stat(canary)).atime).toEqual(LONG_AGO);
  });
});

test('any first bytes are recognised or not, never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const found = sniffContainer(Buffer.from(bytes));
      expect(found === null || typeof found === 'string').toBe(true);
    }),
  );
});

test('an unusable CLIPT_FFMPEG is named with the way out', async () => {
  const workDir = join(dir, 'work');
  for (const ffmpegPath of ['/nowhere/ffmpeg', 'ffmpeg', process.execPath, dir]) {
    const made = makeMediaEngine({ ffmpegPath, workDir });
    await expect(made).rejects.toMatchObject({
      kind: 'invalid',
      code: 'ffmpeg_unusable',
      message: expect.stringContaining(`CLIPT_FFMPEG names ${ffmpegPath}`),
      action: expect.stringContaining('unset'),
    });
  }
});
