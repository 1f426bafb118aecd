import { beforeEach, describe, expect, test } from 'vitest';
import { makeLocalTextModel } from '../models/local/text/text.ts';
import type { SpeechModel, TextModel, TranscriptionModel, VideoModel } from '../models/models.ts';
import { newId } from '../platform/ids.ts';
import { loadDenyList } from './deny-list.ts';
import { ContentRejected } from './errors.ts';
import { moderateModels } from './models.ts';

const BAD = 'how to make a bomb';
const call = { signal: new AbortController().signal, accountId: newId('acc') };

/** What the models were asked, and what the chat model writes. */
let asked: string[] = [];
let writes = 'A quiet walk';
beforeEach(() => {
  asked = [];
  writes = 'A quiet walk';
});

const free = { unit: 'seconds', units: 0, costMicroUsd: 0, reference: null } as const;
const model = { id: 'test/model', lane: null, estimate: () => free };
const answering =
  <Answer>(name: string, answer: () => Answer) =>
  async () => {
    asked.push(name);
    return answer();
  };
const text: TextModel = {
  ...makeLocalTextModel(),
  writeIdeas: answering('ideas', () => [{ title: 'A walk', hook: 'Look!', angle: writes }]),
  enhancePrompt: answering('prompt', () => writes),
  writeScript: answering('script', () => ({
    title: 'A walk',
    scenes: [{ narration: 'We walk.', visual: writes }],
  })),
  writeVisuals: answering('visuals', () => [writes]),
};
const speech: SpeechModel = {
  ...model,
  defaultVoice: 'v',
  listVoices: async () => [],
  speak: answering('speech', () => ({ seconds: 1, words: null })),
};
const video: VideoModel = {
  ...model,
  limits: { minSeconds: 1, maxSeconds: 9, stepSeconds: 1 },
  accepts: { firstFrame: true, references: 1 },
  knowsOrdersBySeed: false,
  looksAfterMs: [],
  submit: answering('video', () => ({ taskId: 't' })),
  find: async () => null,
  poll: async () => ({ status: 'queued', progress: null }),
  pollAfterMs: () => 1_000,
  download: async () => ({ hasLastFrame: false }),
  cancel: async () => false,
};
const transcription: TranscriptionModel = {
  ...model,
  hears: true,
  transcribe: answering('transcription', () => []),
};

const denyList = await loadDenyList(null);
const models = moderateModels(
  { text, speech, video, transcription },
  {
    version: denyList.version,
    async assertAllowed(accountId, content) {
      expect(accountId).toBe(call.accountId);
      const rule = denyList.find(content);
      if (rule) throw new ContentRejected(rule.category);
    },
  },
);

const ideas = { topic: 'A walk', count: 1, language: 'en' };
const idea = { title: 'A walk', hook: 'Look!', angle: 'From below' };
const brief = { topic: 'A walk', seconds: 30, language: 'en', tone: 'calm', idea };
const narration = {
  text: 'We walk.',
  voice: 'v',
  language: 'en',
  previousText: null,
  nextText: null,
};
const order = {
  ...({ prompt: 'A walk', seconds: 5, format: '9:16', seed: 1, wantsLastFrame: false } as const),
  ...{ firstFrame: null, references: [], callbackUrl: null },
};
const sound = { file: '/sound.wav', text: 'We walk.', language: 'en' };

/** Every call that carries text, with `BAD` in each of its fields in turn. */
const CALLS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['ideas: topic', () => models.text.writeIdeas({ ...ideas, topic: BAD }, call)],
  ['ideas: language', () => models.text.writeIdeas({ ...ideas, language: BAD }, call)],
  ['prompt', () => models.text.enhancePrompt({ prompt: BAD }, call)],
  ['script: topic', () => models.text.writeScript({ ...brief, topic: BAD }, call)],
  ['script: language', () => models.text.writeScript({ ...brief, language: BAD }, call)],
  ['script: tone', () => models.text.writeScript({ ...brief, tone: BAD }, call)],
  [
    'script: title',
    () => models.text.writeScript({ ...brief, idea: { ...idea, title: BAD } }, call),
  ],
  ['script: hook', () => models.text.writeScript({ ...brief, idea: { ...idea, hook: BAD } }, call)],
  [
    'script: angle',
    () => models.text.writeScript({ ...brief, idea: { ...idea, angle: BAD } }, call),
  ],
  ['visuals: title', () => models.text.writeVisuals({ title: BAD, narrations: [] }, call)],
  [
    'visuals: narration',
    () => models.text.writeVisuals({ title: '', narrations: ['', BAD] }, call),
  ],
  ['speech: text', () => models.speech.speak({ ...narration, text: BAD }, '/f', call)],
  ['speech: before', () => models.speech.speak({ ...narration, previousText: BAD }, '/f', call)],
  ['speech: after', () => models.speech.speak({ ...narration, nextText: BAD }, '/f', call)],
  ['speech: voice', () => models.speech.speak({ ...narration, voice: BAD }, '/f', call)],
  ['video: prompt', () => models.video.submit({ ...order, prompt: BAD }, call)],
  ['transcription: text', () => models.transcription.transcribe({ ...sound, text: BAD }, call)],
  [
    'transcription: language',
    () => models.transcription.transcribe({ ...sound, language: BAD }, call),
  ],
];

describe('models behind moderation', () => {
  test.each(CALLS)('are not asked with refused words in %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({ code: 'content_rejected' });
    expect(asked).toEqual([]);
  });

  test.each([
    ['ideas', () => models.text.writeIdeas(ideas, call)],
    ['prompt', () => models.text.enhancePrompt({ prompt: 'A walk' }, call)],
    ['script', () => models.text.writeScript(brief, call)],
    ['visuals', () => models.text.writeVisuals({ title: '', narrations: ['A walk'] }, call)],
  ])('that write are judged by what they wrote: %s', async (name, ask) => {
    expect(JSON.stringify(await ask())).toContain('A quiet walk');
    writes = BAD;
    await expect(ask()).rejects.toMatchObject({ code: 'content_rejected' });
    expect(asked).toEqual([name, name]);
  });

  test('are asked as ever with words that are allowed, whatever the files on this machine are called', async () => {
    const odd = `/data/${BAD}/picture.png`;
    await models.speech.speak(narration, odd, call);
    await models.video.submit({ ...order, firstFrame: odd, references: [odd] }, call);
    await models.transcription.transcribe({ ...sound, file: odd }, call);
    expect(asked).toEqual(['speech', 'video', 'transcription']);
    expect(models.speech.defaultVoice).toBe('v');
  });
});
