import { randomBytes } from 'node:crypto';
import type { Moderated, Moderation } from '../moderation/moderation.ts';
import type { AccountId, UploadId } from '../platform/ids.ts';
import { Problem } from '../platform/problem.ts';
import type { CreateVideo, PatchScene, PatchVideo } from './api-contract.ts';
import { DEFAULT_LOOK, type Look, type ObjectRef } from './contract.ts';
import type { SceneChange, VideoChange } from './editing.ts';
import { NotSupportedByModel } from './errors.ts';
import { parseScript } from './script-file/script-file.ts';
import { CLIENT_KEY_PREFIX } from './video-object.ts';
import type { MakeRequest, Wish } from './videos.ts';

export type RequestsDeps = {
  readonly moderation: Moderation;
  readonly speech: Moderated['speech'];
  readonly video: Moderated['video'];
  /** The uploaded picture, ready for use; rejects when there is none. */
  readonly findPicture: (accountId: AccountId, id: UploadId) => Promise<ObjectRef>;
};

const VOICES_TIMEOUT_MS = 10_000;

/**
 * Turns what the API was asked into what videos are made of, and refuses at once what could not be made: refused
 * text, unknown voices, pictures that the model cannot take.
 */
export function makeRequests({ moderation, speech, video, findPicture }: RequestsDeps) {
  return {
    async toMake(
      accountId: AccountId,
      body: CreateVideo,
      signal: AbortSignal,
    ): Promise<MakeRequest> {
      const wish = wishOf(body);
      const { client_key, metadata, max_credits, title, voice } = body;
      await moderation.assertAllowed(accountId, { wish, title, voice });
      return {
        clientKey: CLIENT_KEY_PREFIX + (client_key ?? randomBytes(16).toString('hex')),
        wish,
        look: { ...DEFAULT_LOOK, ...(await toLook(accountId, body, signal)) },
        ...(title === undefined ? {} : { title }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(max_credits === undefined ? {} : { maxCredits: max_credits }),
      };
    },

    async toVideoChange(
      accountId: AccountId,
      body: PatchVideo,
      signal: AbortSignal,
    ): Promise<VideoChange> {
      const { title, scenes, voice } = body;
      await moderation.assertAllowed(accountId, { title, scenes, voice });
      return {
        title,
        look: await toLook(accountId, body, signal),
        scenes,
        maxCredits: body.max_credits,
        metadata: body.metadata,
      };
    },

    async toSceneChange(accountId: AccountId, body: PatchScene): Promise<SceneChange> {
      const { first_frame_upload_id: upload, narration, visual } = body;
      await moderation.assertAllowed(accountId, { narration, visual });
      if (upload && !video.accepts.firstFrame) throw new NotSupportedByModel('a picture');
      return {
        narration,
        visual,
        ...(upload === undefined
          ? {}
          : { firstFrame: upload && (await findPicture(accountId, upload)) }),
      };
    },
  };

  async function toLook(
    accountId: AccountId,
    body: CreateVideo | PatchVideo,
    signal: AbortSignal,
  ): Promise<Partial<Look>> {
    const { format, style, voice, music, preset, transition, continuity } = body;
    const upload = body.reference_upload_id;
    if (voice) await assertVoice(voice, signal);
    if (upload && video.accepts.references === 0) throw new NotSupportedByModel('a reference');
    if (continuity === 'chain' && !video.accepts.firstFrame) {
      throw new NotSupportedByModel('the frame that the clip before ended with');
    }
    const look = { format, captionStyle: style, voice, music, preset, transition, continuity };
    const given = Object.entries(look).filter(([, value]) => value !== undefined);
    return {
      ...Object.fromEntries(given),
      ...(upload === undefined
        ? {}
        : { reference: upload && (await findPicture(accountId, upload)) }),
    };
  }

  /** While the vendor cannot be asked, any voice may be the right one: the voice step will tell. */
  async function assertVoice(wanted: string, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(VOICES_TIMEOUT_MS)]);
    const voices = await speech.listVoices({ signal: limit }).catch(() => null);
    if (voices && !voices.some(({ id }) => id === wanted)) throw new VoiceUnknown();
  }
}

export type Requests = ReturnType<typeof makeRequests>;

function wishOf(body: CreateVideo): Wish {
  const { topic, idea, script, scenes, language, seconds, tone = null } = body;
  if (topic !== undefined) {
    return { kind: 'topic', topic, seconds, language, tone, idea: idea ?? null };
  }
  if (scenes !== undefined) {
    const written = scenes.map(({ narration, visual }) => ({ narration, visual: visual ?? null }));
    const title = body.title ?? firstWords(written[0]?.narration ?? '');
    return { kind: 'script', title, language, scenes: written };
  }
  const text = script ?? '';
  const parsed = parseScript(text, { fallbackTitle: body.title ?? firstWords(text) });
  return { kind: 'script', title: body.title ?? parsed.title, language, scenes: parsed.scenes };
}

function firstWords(text: string): string {
  const words = text.trim().split(/\s+/u).slice(0, 8).join(' ');
  return words.slice(0, 80) || 'Untitled';
}

class VoiceUnknown extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'voice_unknown',
      message: 'There is no such voice.',
      action: 'Choose one of GET /v1/voices.',
    });
  }
}
