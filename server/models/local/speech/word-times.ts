import type { TimedWord } from '../../models.ts';

export type Phone = { readonly name: string; readonly startMs: number; readonly endMs: number };

/** The frames that flite's voices are made of; an utterance's sound ends at a whole one. */
const FRAME_MS = 5;

/**
 * Reads what flite prints with `-psdur`: a line an utterance, `pau:0.177 aa:0.328 …`, each phone with its
 * end in seconds from the start of that utterance. `wholeMs` is the length of the sound: each utterance
 * loses its last part of a frame (measured: 21 ms over 6), and what still differs is spread evenly.
 */
export function readTimedPhones(printed: string, wholeMs: number): readonly Phone[] {
  const lines = printed.split('\n').map(readLine);
  const utterances = lines.filter((line) => line.length > 0);
  const lengths = utterances.map(
    (line) => Math.floor((line.at(-1)?.endMs ?? 0) / FRAME_MS) * FRAME_MS,
  );
  const missing = wholeMs - lengths.reduce((sum, length) => sum + length, 0);
  const share = utterances.length === 0 ? 0 : missing / utterances.length;
  let offset = 0;
  return utterances.flatMap((line, index) => {
    const from = offset;
    offset += (lengths[index] ?? 0) + share;
    return line.map(({ name, startMs, endMs }) => ({
      name,
      startMs: from + startMs,
      endMs: from + endMs,
    }));
  });
}

function readLine(line: string): readonly Phone[] {
  let startMs = 0;
  return [...line.matchAll(/(\S+):(\d+(?:\.\d+)?)/g)].map((match) => {
    const endMs = Number(match[2]) * 1000;
    const phone = { name: match[1] ?? '', startMs, endMs };
    startMs = endMs;
    return phone;
  });
}

/** Reads what flite prints with `-ps` for words a blank line apart: a line of phones for each word. */
export function readPhoneGroups(printed: string): readonly (readonly string[])[] {
  return printed
    .split('\n')
    .map((line) => line.split(/\s+/).filter((phone) => phone !== '' && phone !== 'pau'))
    .filter((group) => group.length > 0);
}

/**
 * Start and end of each group of phones, by the alignment of the two phone lists with the fewest
 * differences (a word may sound otherwise alone than in its sentence: "a", "the"). Null when the lists
 * do not belong together.
 */
export function timeGroups(
  phones: readonly Phone[],
  groups: readonly (readonly string[])[],
): readonly { readonly startMs: number; readonly endMs: number }[] | null {
  const heard = phones.filter(({ name }) => name !== 'pau');
  const expected = groups.flatMap((group, word) => group.map((name) => ({ name, word })));
  if (heard.length === 0 || expected.length === 0) return null;
  const times: ({ startMs: number; endMs: number } | null)[] = groups.map(() => null);
  for (const [phone, index] of pairUp(heard, expected)) {
    const word = expected[index]?.word ?? 0;
    const known = times[word];
    const startMs = Math.min(known?.startMs ?? phone.startMs, phone.startMs);
    times[word] = { startMs, endMs: Math.max(known?.endMs ?? phone.endMs, phone.endMs) };
  }
  return times.every((time) => time !== null) ? times : null;
}

/** Needleman–Wunsch over phone names; each heard phone goes with the expected phone it stands for or follows. */
function pairUp(
  heard: readonly Phone[],
  expected: readonly { readonly name: string }[],
): readonly (readonly [Phone, number])[] {
  const columns = expected.length + 1;
  const cost = new Uint32Array((heard.length + 1) * columns);
  const at = (row: number, column: number) => cost[row * columns + column] ?? 0;
  for (let column = 0; column < columns; column++) cost[column] = column * 2;
  for (let row = 1; row <= heard.length; row++) {
    cost[row * columns] = row * 2;
    for (let column = 1; column < columns; column++) {
      const same = heard[row - 1]?.name === expected[column - 1]?.name;
      const diagonal = at(row - 1, column - 1) + (same ? 0 : 3);
      cost[row * columns + column] = Math.min(
        diagonal,
        at(row - 1, column) + 2,
        at(row, column - 1) + 2,
      );
    }
  }
  const pairs: [Phone, number][] = [];
  let [row, column] = [heard.length, expected.length];
  while (row > 0) {
    const phone = heard[row - 1];
    const same = phone?.name === expected[column - 1]?.name;
    const here = at(row, column);
    if (column > 0 && here === at(row - 1, column - 1) + (same ? 0 : 3)) {
      if (phone) pairs.push([phone, column - 1]);
      row--;
      column--;
    } else if (column > 0 && here === at(row, column - 1) + 2) column--;
    else {
      if (phone) pairs.push([phone, Math.max(0, column - 1)]);
      row--;
    }
  }
  return pairs;
}

/** Times in proportion to the letters said: the answer when the phones cannot be told apart by word. */
export function shareOut(
  says: readonly string[],
  startMs: number,
  endMs: number,
): readonly { readonly startMs: number; readonly endMs: number }[] {
  const total = says.reduce((sum, say) => sum + say.length + 1, 0);
  let passed = 0;
  return says.map((say) => {
    const from = startMs + ((endMs - startMs) * passed) / total;
    passed += say.length + 1;
    return { startMs: from, endMs: startMs + ((endMs - startMs) * passed) / total };
  });
}

/**
 * Gives every written word its time: those that are said in order, the silent ones (emoji, a dash) a
 * zero-length place at the end of the word before, or at the start of the first. Times are whole
 * milliseconds, never overlapping, within `0..lastMs`.
 */
export function timeWords(
  words: readonly { readonly text: string; readonly say: string }[],
  times: readonly { readonly startMs: number; readonly endMs: number }[],
  lastMs: number,
): readonly TimedWord[] {
  let next = 0;
  let edge = Math.max(0, times[0]?.startMs ?? 0);
  return words.map(({ text, say }) => {
    const time = say === '' ? undefined : times[next++];
    const startMs = Math.min(lastMs, Math.max(Math.round(edge), Math.round(time?.startMs ?? edge)));
    const endMs = Math.min(lastMs, Math.max(startMs, Math.round(time?.endMs ?? startMs)));
    edge = endMs;
    return { text, startMs, endMs };
  });
}
