import { createHash } from 'node:crypto';
import type { EgressRequest } from '../../platform/egress/egress.ts';
import type { Narration } from '../models.ts';
import { capabilitiesOf } from './capabilities.ts';

/** Enough of a neighbouring scene for its tone to carry over. */
const MOST_NEIGHBOUR_CHARACTERS = 1_000;

/** The MP3 that every plan includes; asked for, so that another default changes nothing. */
const OUTPUT_FORMAT = 'mp3_44100_128';

/** The request that speaks a narration, without the key. The same narration always makes the same request. */
export function speechRequest(
  narration: Narration,
  { model, zeroRetention }: { readonly model: string; readonly zeroRetention: boolean },
): EgressRequest {
  const { text, voice, language, previousText, nextText } = narration;
  const { takesLanguage, stitches } = capabilitiesOf(model);
  const code = takesLanguage ? isoLanguage(language) : null;
  const before = stitches ? endOf(previousText ?? '') : '';
  const after = stitches ? startOf(nextText ?? '') : '';
  return {
    method: 'POST',
    path: '/v1/text-to-speech/{voice_id}/with-timestamps',
    params: { voice_id: voice },
    query: [
      ['output_format', OUTPUT_FORMAT],
      ...(zeroRetention ? [['enable_logging', 'false'] as const] : []),
    ],
    json: {
      text: text.toWellFormed(),
      model_id: model,
      seed: seedOf(text, voice),
      ...(code === null ? {} : { language_code: code }),
      ...(before === '' ? {} : { previous_text: before }),
      ...(after === '' ? {} : { next_text: after }),
    },
  };
}

/** 0 to 2^32 − 1. The voice is as much of it as the text, so that two voices do not stumble alike. */
function seedOf(text: string, voice: string): number {
  const hash = createHash('sha256').update(JSON.stringify([voice, text]));
  return hash.digest().readUInt32BE(0);
}

/** ISO 639-1 of a BCP 47 language; null where it has none. */
function isoLanguage(language: string): string | null {
  try {
    const code = new Intl.Locale(language).language;
    return code.length === 2 ? code : null;
  } catch {
    return null;
  }
}

/** The last words of a text. */
function endOf(text: string): string {
  const characters = [...text.toWellFormed().trim()];
  if (characters.length <= MOST_NEIGHBOUR_CHARACTERS) return characters.join('');
  const end = characters.slice(-MOST_NEIGHBOUR_CHARACTERS).join('');
  // A word that was cut goes too, unless it is all there is.
  return end.replace(/^\S*\s+/u, '');
}

/** The first words of a text. */
function startOf(text: string): string {
  const characters = [...text.toWellFormed().trim()];
  if (characters.length <= MOST_NEIGHBOUR_CHARACTERS) return characters.join('');
  const start = characters.slice(0, MOST_NEIGHBOUR_CHARACTERS).join('');
  return start.replace(/\s+\S*$/u, '');
}
