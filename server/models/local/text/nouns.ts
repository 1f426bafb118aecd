import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export type Word = { readonly text: string; readonly kind: string };

const words = z.array(z.string());

/** Tags each word of an English text with its universal part of speech (`NOUN`, `PROPN`, `ADJ`, `VERB` …). */
export type Tagger = (text: string) => readonly Word[];

let loading: Promise<Tagger> | undefined;

/** The tagger; its 4 MB model is loaded on first use and kept, since loading is what costs. */
export function loadTagger(): Promise<Tagger> {
  loading ??= makeTagger();
  return loading;
}

async function makeTagger(): Promise<Tagger> {
  const [{ default: winkNlp }, { default: model }] = await Promise.all([
    import('wink-nlp'),
    import('wink-eng-lite-web-model'),
  ]);
  const nlp = winkNlp(model, ['sbd', 'pos']);
  return (text) => {
    const tokens = nlp.readDoc(text).tokens();
    const kinds = words.parse(tokens.out(nlp.its.pos));
    return words.parse(tokens.out(nlp.its.value)).map((value, index) => ({
      text: value,
      kind: kinds[index] ?? 'X',
    }));
  };
}

const emojiNames = z.record(z.string(), z.array(z.string()));

/** The first name of an emoji in English, such as `octopus`; null for anything else. */
export async function nameEmoji(emoji: string): Promise<string | null> {
  const file = new URL(import.meta.resolve('emojilib'));
  const names = emojiNames.parse(JSON.parse(await readFile(file, 'utf8')));
  const name = names[emoji]?.[0] ?? names[emoji.replaceAll('\uFE0F', '')]?.[0];
  return name?.replace(/^flag_/, '').replaceAll('_', ' ') ?? null;
}
