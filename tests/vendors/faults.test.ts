import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VideoId } from '../../server/platform/ids.ts';
import { type FaultRoom, openFaultRoom } from './fault-room.ts';
import { BEFORE, FAILING, HEARD, ONE_EACH, PASSING, PLACES, WAITING } from './fault-table.ts';
import { ended } from './studio.ts';

/** Two cores make some seventy films at once here; each is waited for on its own. */
const LONG_MS = 200_000;
const EVERYWHERE = ['speak-timed', 'transcribe', 'create-task', 'get-task', 'file'] as const;
/** A vendor that says nothing: ended by the deadline of each, 30 s. */
const SILENT = ['get-task', 'file'] as const;

const wordOf = (name: string) => name.replaceAll(' ', '-');
const scriptWordOf = (word: string) => `written-${word}`;

let room: FaultRoom;
let passing: VideoId;
const ordered = new Map<string, VideoId>();
const mend = new Map<string, () => void>();

async function order(word: string, hasVisual: boolean): Promise<void> {
  ordered.set(word, (await room.order([word], hasVisual)).videoId);
}

function videoOf(word: string): VideoId {
  const id = ordered.get(word);
  if (!id) throw new Error(`No film was ordered about ${word}.`);
  return id;
}

async function untilStep(word: string, kind: string): Promise<void> {
  await expect
    .poll(() => room.steps(videoOf(word), kind), { timeout: LONG_MS, interval: 250 })
    .toEqual(['succeeded']);
}

/** The film comes no further than this call. */
function stopAt(word: string, at: 'speak-timed' | 'create-task' | 'transcribe'): void {
  if (at === 'transcribe') room.strike(word, HEARD);
  room.strike(word, { at, fault: { kind: 'refuse', status: 429 } });
}

// Every film is ordered at once, and looked at below.
beforeAll(async () => {
  room = await openFaultRoom();
  for (const { word, fault } of PASSING) {
    room.strike(word, HEARD);
    for (const at of EVERYWHERE) room.strike(word, { at, fault, times: 1 });
    const script = scriptWordOf(word);
    room.strike(script, { at: 'chat', fault, times: 1 });
    stopAt(script, 'speak-timed');
    await order(script, false);
  }
  for (const { name, at, fault } of WAITING) {
    const word = wordOf(name);
    if (at === 'transcribe') room.strike(word, HEARD);
    if (at === 'chat') stopAt(word, 'speak-timed');
    if (at === 'speak-timed') stopAt(word, 'create-task');
    mend.set(word, room.strike(word, { at, fault }));
    await order(word, at !== 'chat');
  }
  for (const { name, strikes } of FAILING) {
    const word = wordOf(name);
    const all = strikes.map((strike) => room.strike(word, strike));
    mend.set(word, () => all.map((disarm) => disarm()));
    await order(
      word,
      strikes.every(({ at }) => at !== 'chat'),
    );
  }
  for (const at of SILENT) {
    room.strike(at, { at, fault: { kind: 'silence' }, times: 1 });
    stopAt(at, 'transcribe');
    await order(at, true);
  }
  passing = (await room.order(PASSING.map(({ word }) => word))).videoId;
});

afterAll(() => room.close());

describe('a film fails with code, stage and scene, and nothing is held that is not under way, where', () => {
  test.each(FAILING)('$name', async (one) => {
    const { name, code, stage, sold, settled, uncertain, held, vendorCode } = one;
    const word = wordOf(name);
    const video = await room.until(videoOf(word), ended, LONG_MS);
    expect(video).toMatchObject({ status: 'failed', waiting_for: null, error: { code, stage } });
    const scene = stage === 'script' ? null : video.scenes[0]?.id;
    expect(video.error).toMatchObject({ scene_id: scene, action: expect.stringMatching(/\w/) });
    if (vendorCode) expect(video.error?.vendor_code).toBe(vendorCode);
    if (scene) expect(video.scenes[0]?.status).toBe('failed');
    expect(room.sold(word)).toEqual(sold ?? BEFORE[stage]);
    expect(await room.recorded(word, 'settled')).toEqual(settled ?? BEFORE[stage]);
    expect(await room.recorded(word, 'uncertain')).toEqual(uncertain ?? {});
    expect(await room.recorded(word, 'held')).toEqual(held ?? {});
  });

  test('asking refuses the key, and the clip that comes once it does not is kept and paid', async () => {
    const word = wordOf('asking refuses the key');
    mend.get(word)?.();
    await room.endWaits();
    await expect
      .poll(() => room.recorded(word, 'settled'), { timeout: LONG_MS, interval: 250 })
      .toEqual({ narration: 1, clip: 1 });
    expect(await room.recorded(word, 'held')).toEqual({});
  });
});

describe('a film waits with its reason where', () => {
  test.each(WAITING)('$name', async ({ name, at }) => {
    const { stage } = PLACES[at];
    const id = videoOf(wordOf(name));
    const video = await room.until(id, ({ status }) => status === 'waiting', LONG_MS);
    expect(video).toMatchObject({ status: 'waiting', waiting_for: 'provider', stage, error: null });
  });
});

describe('a film that waited goes on by itself, and bought everything once, where', () => {
  beforeAll(async () => {
    for (const { name } of WAITING) mend.get(wordOf(name))?.();
    await room.endWaits();
  });

  test.each(WAITING)('$name', async ({ name, at, uncertain }) => {
    const word = wordOf(name);
    const { step, sells } = PLACES[at];
    await untilStep(word, step);
    const sold = room.sold(word);
    expect(sold).toMatchObject(sells ? { [sells]: 1 } : { clip: 1 });
    expect(Object.values(sold).every((count) => count === 1)).toBe(true);
    const lost = await room.recorded(word, 'uncertain');
    expect(Object.keys(lost)).toEqual(uncertain === null ? [] : [uncertain]);
    await room.leave(videoOf(word));
  });
});

describe('a fault that passes', () => {
  test.each(PASSING)('$fault.kind ($word) at chat leaves the script written', async (one) => {
    const { sold, settled, uncertain } = one;
    const word = scriptWordOf(one.word);
    await untilStep(word, 'script');
    expect(room.sold(word).script).toBe(sold?.script ?? 1);
    expect((await room.recorded(word, 'settled')).script).toBe(settled?.script ?? 1);
    expect((await room.recorded(word, 'uncertain')).script).toBe(uncertain?.script);
  });

  test.each(SILENT)('silence at %s ends with its deadline, and the clip is kept', async (at) => {
    await untilStep(at, 'clip');
    expect(room.sold(at)).toEqual({ narration: 1, clip: 1 });
  });

  test('at every call of a scene leaves the film finished', async () => {
    const video = await room.until(passing, ended, LONG_MS);
    expect(video).toMatchObject({ status: 'succeeded', error: null });
    const struck = [room.ark, room.elevenLabs, room.openAi]
      .flatMap(({ faults }) => faults.list())
      .filter(({ times }) => times === 1)
      .map((rule) => [rule.route, rule.including, rule.struck]);
    expect(struck.filter(([, , count]) => count !== 1)).toEqual([]);
    expect(struck).toHaveLength(PASSING.length * (EVERYWHERE.length + 1) + SILENT.length);
  });

  test.each(PASSING)('$fault.kind ($word) bought what is on record', async (one) => {
    const { word, sold, settled, uncertain } = one;
    const ofScene = ({ script: _, ...counts }: typeof ONE_EACH) => counts;
    expect(room.sold(word)).toEqual(ofScene({ ...ONE_EACH, ...sold }));
    expect(await room.recorded(word, 'settled')).toEqual(ofScene({ ...ONE_EACH, ...settled }));
    expect(await room.recorded(word, 'uncertain')).toEqual(ofScene({ ...uncertain }));
    expect(await room.recorded(word, 'held')).toEqual({});
  });
});

test('a film that a vendor never finishes fails after three hours, and stays held', async () => {
  const word = 'endless';
  const disarm = room.strike(word, { at: 'create-task', fault: { kind: 'endless' } });
  await order(word, true);
  await expect
    .poll(() => room.recorded(word, 'held'), { timeout: LONG_MS, interval: 250 })
    .toEqual({ clip: 1 });
  disarm();
  await room.database.pool.query(
    "update takes set ordered_at = ordered_at - interval '4 hours' where video_id = $1",
    [videoOf(word)],
  );
  const video = await room.until(videoOf(word), ended, LONG_MS);
  expect(video).toMatchObject({ status: 'failed', error: { code: 'provider_timeout' } });
  expect(room.sold(word)).toEqual({ narration: 1, clip: 1 });
  expect(await room.recorded(word, 'settled')).toEqual({ narration: 1 });
  expect(await room.recorded(word, 'held')).toEqual({ clip: 1 });
});
