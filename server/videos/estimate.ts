import type {
  SpeechModel,
  TextModel,
  TranscriptionModel,
  Usage,
  VideoModel,
} from '../models/models.ts';
import { creditsOf } from '../purchases/purchases.ts';
import type { Estimate } from './api-contract.ts';
import type { Brief, Look } from './contract.ts';
import { spokenSeconds } from './pace.ts';
import { lengthToFilm } from './steps/clip.ts';

export type EstimateModels = {
  readonly text: TextModel;
  readonly speech: SpeechModel;
  readonly video: VideoModel;
  readonly transcription: TranscriptionModel;
};

/** What a scene of a film not yet written lasts (the script writers aim at one beat of about five seconds). */
const USUAL_SCENE_SECONDS = 5;
/** Filmed beyond each scene, as the clip step does. */
const SPARE_SECONDS = 0.5;
const CHARACTERS_PER_SECOND = 15;

type Item = Estimate['items'][number];

/**
 * What a film of this brief is expected to cost, item by item, by the very price functions of the models that
 * are then asked. What an earlier revision has paid for is not deducted.
 */
export function estimateFilm(models: EstimateModels, brief: Brief, look: Look): Estimate {
  const seconds = sceneSeconds(brief);
  const items = [
    item('script', models.text.id, scriptUsages(models.text, brief)),
    item('narration', models.speech.id, narrationUsages(models.speech, brief)),
    item(
      'clip',
      models.video.id,
      filmedSeconds(brief, seconds).map((length) =>
        models.video.estimate({
          format: look.format,
          seconds: lengthToFilm(length + SPARE_SECONDS, models.video.limits),
        }),
      ),
    ),
  ].filter(({ count }) => count > 0);
  return {
    items,
    scenes: seconds.length,
    seconds: round(seconds.reduce((sum, length) => sum + length, 0)),
    credits: items.reduce((sum, { credits }) => sum + credits, 0),
  };
}

function scriptUsages(text: TextModel, brief: Brief): readonly Usage[] {
  if (brief.kind === 'topic') return [text.estimate(brief)];
  const open = brief.scenes.filter(({ visual }) => visual === null);
  if (open.length === 0) return [];
  return [text.estimate({ seconds: spokenSeconds(open.map(({ narration }) => narration)) })];
}

function narrationUsages(speech: SpeechModel, brief: Brief): readonly Usage[] {
  if (brief.kind === 'script') {
    return brief.scenes.map(({ narration }) => speech.estimate(narration));
  }
  // Not written yet: as many characters as a voice says in that time.
  return sceneSeconds(brief).map((seconds) =>
    speech.estimate('x'.repeat(Math.ceil(seconds * CHARACTERS_PER_SECOND))),
  );
}

function sceneSeconds(brief: Brief): readonly number[] {
  if (brief.kind === 'script') {
    return brief.scenes.map(({ narration }) => Math.max(1, spokenSeconds([narration])));
  }
  const scenes = Math.max(1, Math.round(brief.seconds / USUAL_SCENE_SECONDS));
  return Array.from({ length: scenes }, () => brief.seconds / scenes);
}

/** A scene whose take was chosen is not filmed. */
function filmedSeconds(brief: Brief, seconds: readonly number[]): readonly number[] {
  if (brief.kind === 'topic') return seconds;
  return seconds.filter((_, index) => brief.scenes[index]?.takeId === null);
}

function item(kind: Item['kind'], model: string, usages: readonly Usage[]): Item {
  const sum = (of: (usage: Usage) => number) => usages.reduce((all, usage) => all + of(usage), 0);
  const costMicroUsd = sum(({ costMicroUsd: cost }) => cost);
  return {
    kind,
    model,
    count: usages.length,
    unit: usages[0]?.unit ?? 'seconds',
    units: round(sum(({ units }) => units)),
    cost_usd: costMicroUsd / 1_000_000,
    credits: creditsOf(costMicroUsd),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
