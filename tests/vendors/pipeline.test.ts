import { afterEach, describe, expect, test } from 'vitest';
import { isId } from '../../server/platform/ids.ts';
import type { VideoObject } from '../../server/videos/api-contract.ts';
import { makeEditing } from '../../server/videos/editing.ts';
import { ended, openStudio, type Studio, type StudioOptions, script } from './studio.ts';

let studio: Studio | null = null;

async function open(options: StudioOptions = {}): Promise<Studio> {
  studio = await openStudio(options);
  return studio;
}

afterEach(async () => {
  await studio?.close();
  studio = null;
});

describe('on vendors', () => {
  test('a film is spoken before it is filmed, and a changed sentence buys one narration more, no clip', async () => {
    const { ark, elevenLabs, make, until, account, clipt } = await open();
    const { videoId } = await make(script('heron', 2));
    const video = await until(videoId, ended);
    expect(video).toMatchObject({ status: 'succeeded', error: null });
    expect(elevenLabs.journal.purchases).toHaveLength(2);
    expect(ark.journal.purchases).toHaveLength(2);
    const spoken = elevenLabs.journal.of('speak-timed').map(({ at }) => at);
    const filmed = ark.journal.of('create-task').map(({ at }) => at);
    expect(spoken.toSorted()[0]?.localeCompare(filmed.toSorted()[0] ?? '')).toBe(-1);
    expect(video.credits.held).toBe(0);
    expect(video.credits.settled).toBeGreaterThan(0);
    expect(video.scenes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);

    const [first] = video.scenes;
    const sceneId = first?.id ?? '';
    if (!isId('scn', sceneId)) throw new Error('no scene');
    const editing = makeEditing({ db: clipt.db, models: clipt.models });
    const narration = first?.narration.replace('stands', 'sits');
    const nothingMore = async () => undefined;
    await editing.editScene(account, videoId, sceneId, { narration }, nothingMore);
    await clipt.videos.render(account, videoId);
    expect(await until(videoId, ended)).toMatchObject({ status: 'succeeded' });
    expect(elevenLabs.journal.purchases).toHaveLength(3);
    expect(ark.journal.purchases).toHaveLength(2);
  });

  test('a clip in 10-bit HEVC is composed like any other', async () => {
    const { make, until } = await open({ ark: { codec: 'hevc' } });
    const { videoId } = await make(script('ibis', 1));
    expect(await until(videoId, ended)).toMatchObject({ status: 'succeeded', error: null });
  });

  test('a clip far shorter than ordered is refused when it is delivered, and what it cost stays on record', async () => {
    const { ark, make, until, database } = await open({ ark: { footage: 'short' } });
    const { videoId } = await make(script('dunlin', 1));
    const video = await until(videoId, ended);
    expect(video).toMatchObject({
      status: 'failed',
      error: { code: 'provider_clip_unusable', stage: 'clips', scene_id: video.scenes[0]?.id },
    });
    expect(ark.journal.purchases).toHaveLength(1);
    const { rows } = await database.pool.query('select status, error_code from takes');
    expect(rows).toEqual([{ status: 'failed', error_code: 'provider_clip_unusable' }]);
    const bought = "select status from purchases where kind = 'clip'";
    expect((await database.pool.query(bought)).rows).toEqual([{ status: 'settled' }]);
    expect(video.credits.held).toBe(0);
  });

  test('scenes that show the same wait for one film, and both get it', async () => {
    const { ark, make, until } = await open();
    const visual = 'A plover in the morning';
    const scenes = ['First', 'Second'].map((nth) => ({ narration: `${nth} plover.`, visual }));
    const { videoId } = await make({ kind: 'script', title: 'plover', language: 'en', scenes });
    const bothFilmed = ({ scenes: made }: VideoObject) =>
      made.every((scene) => scene.take_id !== null);
    const video = await until(videoId, bothFilmed);
    expect(new Set(video.scenes.map((scene) => scene.take_id)).size).toBe(1);
    expect(ark.journal.purchases).toHaveLength(1);
  });

  test('in a chain each clip begins with the last frame of the one before', async () => {
    const { ark, make, untilStored } = await open();
    await make(script('swan', 3), { continuity: 'chain' });
    await untilStored(3);
    const roles = ark.journal.of('create-task').map(({ body }) => JSON.stringify(body));
    expect(roles.map((body) => body.includes('first_frame'))).toEqual([false, true, true]);
  });
});

describe('an order that nobody confirmed', () => {
  test('is found at the vendor and adopted, not sent again', async () => {
    const { ark, make, untilStored, read } = await open();
    ark.faults.add({ route: 'create-task', times: 1, fault: { kind: 'reset', when: 'after' } });
    const { videoId } = await make(script('stork', 1));
    await untilStored(1);
    expect(ark.journal.purchases).toHaveLength(1);
    expect((await read(videoId)).credits.uncertain).toBe(0);
  });

  test('that the vendor never knew of is put on record and then ordered again, once', async () => {
    const { ark, make, untilStored, read, database } = await open();
    ark.faults.add({ route: 'create-task', times: 1, fault: { kind: 'reset', when: 'before' } });
    const { videoId } = await make(script('crane', 1));
    await untilStored(1);
    expect(ark.journal.purchases).toHaveLength(1);
    const { rows } = await database.pool.query('select status from takes order by id');
    expect(rows.map(({ status }) => status)).toEqual(['unresolved', 'stored']);
    expect((await read(videoId)).credits.uncertain).toBeGreaterThan(0);
  });
});

describe('a vendor that is out', () => {
  test('parks the video, keeps what is paid, and the video goes on by itself', async () => {
    const { ark, elevenLabs, make, until, untilStored } = await open();
    const mend = ark.faults.add({ route: 'create-task', fault: { kind: 'refuse', status: 500 } });
    const { videoId } = await make(script('raven', 2));
    const waiting = await until(videoId, ({ status }) => status === 'waiting');
    expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'provider' });
    expect(waiting.scenes[0]).toMatchObject({ status: 'waiting' });
    mend();
    await untilStored(2);
    expect(elevenLabs.journal.purchases).toHaveLength(2);
    expect(ark.journal.purchases).toHaveLength(2);
  });

  test('while it films parks the video as well, and the film is then fetched, not ordered again', async () => {
    const { ark, make, until, untilStored } = await open();
    const mend = ark.faults.add({ route: 'get-task', fault: { kind: 'refuse', status: 500 } });
    const { videoId } = await make(script('merlin', 1));
    const waiting = await until(videoId, ({ status }) => status === 'waiting');
    expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'provider' });
    mend();
    await untilStored(1);
    expect(ark.journal.purchases).toHaveLength(1);
  });
});

describe('limits', () => {
  test('a key never films more at once than it may, and everybody gets their turn', async () => {
    const { ark, make, untilStored } = await open({
      ...{ env: { ARK_MAX_TASKS: '2' }, ark: { filmMs: 600 } },
    });
    await Promise.all(['wren', 'robin', 'lark'].map((name) => make(script(name, 2))));
    let most = 0;
    const watch = setInterval(() => {
      const running = ark.tasks().filter(({ status }) => ['queued', 'running'].includes(status));
      most = Math.max(most, running.length);
    }, 10);
    await untilStored(6);
    clearInterval(watch);
    expect(most).toBe(2);
    expect(ark.journal.purchases).toHaveLength(6);
  });

  test('a video that may cost little stops before the purchase that would cost more', async () => {
    const { ark, make, until, database } = await open();
    await expect(make(script('goose', 3), {}, 1)).rejects.toMatchObject({
      code: 'over_max_credits',
    });
    const { videoId } = await make(script('duck', 2));
    await database.pool.query('update videos set max_credits = 2');
    const video = await until(videoId, ended);
    expect(video).toMatchObject({ status: 'failed', error: { code: 'max_credits_reached' } });
    expect(ark.journal.purchases).toHaveLength(0);
  });
});

describe('canceling', () => {
  test('says what stops and what does not, and a clip that arrives all the same is kept', async () => {
    const { ark, make, until, clipt, account, database } = await open({ ark: { filmMs: 3_000 } });
    const { videoId } = await make(script('eagle', 1));
    await expect
      .poll(() => ark.tasks().some(({ status }) => status === 'running'), { timeout: 20_000 })
      .toBe(true);
    const answer = await clipt.videos.cancel(account, videoId);
    expect(answer.cannotStop).toBe(1);
    expect(await until(videoId, ended)).toMatchObject({ status: 'canceled' });
    await database.pool.query('update takes set check_after = now()');
    await expect
      .poll(
        async () => {
          await database.pool.query(
            "update takes set check_after = now() where status = 'filming'",
          );
          return (await database.pool.query('select status from takes')).rows[0]?.status;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe('stored');
    // Made again, the clip that came late is used.
    await clipt.videos.render(account, videoId);
    await until(videoId, ({ scenes }) => scenes[0]?.take_id != null);
    expect(ark.journal.purchases).toHaveLength(1);
  });
});
