import { z } from 'zod';
import type { VideoId } from '../../server/platform/ids.ts';
import type { Wish } from '../../server/videos/videos.ts';
import type { FaultRule } from '../../stand-ins/faults.ts';
import { type OpenAiStandIn, startOpenAi } from '../../stand-ins/openai.ts';
import { openStudio, type Studio } from './studio.ts';

/** A call to a vendor, as the stand-ins name its route. */
export type Place = 'chat' | 'speak-timed' | 'transcribe' | 'create-task' | 'get-task' | 'file';

export type Fault = FaultRule['fault'];

export type Strike = {
  readonly at: Place;
  readonly fault: Fault;
  /** How often; always, unless given. */
  readonly times?: number;
};

const KINDS = ['script', 'narration', 'transcription', 'clip'] as const;
export type Counts = { readonly [Kind in (typeof KINDS)[number]]?: number };

/** Nobody waits for anybody else: what a fault does to one film is no matter of another's. */
const ROOMY = {
  ...{ CLIPT_RUNNING_VIDEOS: '100', ARK_MAX_TASKS: '100', ARK_MAX_CALLS: '50' },
  ...{ ELEVENLABS_MAX_CALLS: '50', OPENAI_MAX_CALLS: '50' },
};

/**
 * A studio for many films at once, each with its own faults. A film is told from the others by a word that it is
 * about: what is spoken, filmed and heard begins with that word.
 */
export async function openFaultRoom() {
  const openAi = await startOpenAi();
  const studio = await openStudio({
    ark: { concurrency: 200 },
    elevenLabs: { concurrency: 50 },
    env: { ...ROOMY, OPENAI_API_KEY: 'openai-key', OPENAI_BASE_URL: openAi.baseUrl },
  });
  return roomOf(studio, openAi);
}

export type FaultRoom = ReturnType<typeof roomOf>;

function roomOf(studio: Studio, openAi: OpenAiStandIn) {
  const { ark, elevenLabs, database, make } = studio;
  const vendorAt = (at: Place) => {
    if (at === 'speak-timed') return elevenLabs;
    return at === 'transcribe' ? openAi : ark;
  };

  return {
    ...studio,
    openAi,

    /** Arms a fault for the films about a word; the result disarms it. */
    strike(word: string, { at, fault, times }: Strike): () => void {
      // What is said before and after goes along, and is another scene's.
      const including = at === 'speak-timed' ? `"text":"${opening(word)}` : opening(word);
      return vendorAt(at).faults.add({ route: at, fault, times: times ?? null, including });
    },

    /** Orders a film of a scene for each word; without a `visual` the chat model writes it. */
    order: (words: readonly string[], hasVisual = true) => make(film(words, hasVisual)),

    /** What the vendors sold for the word, as they count. */
    sold(word: string): Counts {
      const asked = new Map(
        [ark, openAi].flatMap(({ journal }) =>
          journal.entries.map((entry) => [`${entry.route} ${entry.id}`, entry.body] as const),
        ),
      );
      const bodyOf = (route: string, entry: number) =>
        JSON.stringify(asked.get(`${route} ${entry}`) ?? null);
      const spoken = elevenLabs.journal.purchases.map(({ details }) => details['text']);
      const filmed = ark.journal.purchases.map(({ details }) => details['prompt']);
      const written = ark.journal.purchases.map(({ entry }) => bodyOf('chat', entry));
      const heard = openAi.journal.purchases.map(({ entry }) => bodyOf('transcribe', entry));
      const count = (all: readonly unknown[]) =>
        all.filter((one) => typeof one === 'string' && one.includes(opening(word))).length;
      return withoutZeros({
        ...{ script: count(written), narration: count(spoken) },
        ...{ transcription: count(heard), clip: count(filmed) },
      });
    },

    /** What is on record for the scene about the word as `status`, and of a whole film what has no scene. */
    async recorded(word: string, status: string): Promise<Counts> {
      const { rows } = await database.pool.query(
        `select p.kind, count(*)::int as count from purchases p
         where p.status = $2 and (
           exists (select 1 from scenes s where s.scene_id = p.scene_id and s.narration like $1)
           or p.scene_id is null and exists (
             select 1 from revisions r where r.video_id = p.video_id and r.brief::text like $1))
         group by p.kind`,
        [`%${opening(word)}%`, status],
      );
      return Object.fromEntries(countSchema.parse(rows).map(({ kind, count }) => [kind, count]));
    },

    /** Statuses of a film's steps of a kind. */
    async steps(video: VideoId, kind: string): Promise<readonly string[]> {
      const { rows } = await database.pool.query(
        `select s.status from steps s join runs r on r.id = s.run_id
         where r.video_id = $1 and s.kind = $2`,
        [video, kind],
      );
      return rows.map(({ status }) => String(status));
    },

    /** Passes over the time for which films wait until a vendor is asked again. */
    async endWaits(): Promise<void> {
      await database.pool.query("update steps set run_after = now() where status = 'waiting'");
      await database.pool.query('update takes set check_after = now()');
    },

    async close(): Promise<void> {
      await studio.close();
      await openAi.close();
    },
  };
}

const countSchema = z.array(z.object({ kind: z.enum(KINDS), count: z.number() }));

function withoutZeros(counts: Required<Counts>): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const opening = (word: string) => `A ${word} `;

function film(words: readonly string[], hasVisual: boolean): Wish {
  return {
    kind: 'script',
    title: words.join(' '),
    language: 'en',
    scenes: words.map((word) => ({
      narration: `${opening(word)}stands still.`,
      visual: hasVisual ? `${opening(word)}in the evening sun` : null,
    })),
  };
}
