import { makeDenyList } from '../server/moderation/deny-list.ts';
import { CATEGORIES } from '../server/moderation/terms.ts';

/**
 * Milliseconds to judge 500 benign characters against 5,000 made-up terms, with figures and signs in them, so that every
 * reading is looked at. Prints one JSON object.
 */
const TERMS = 5_000;
const CHARS = 500;
const ROUNDS = 400;

const SYLLABLES = ['ba', 'ko', 'zi', 'mu', 'ter', 'lan', 'vex', 'qui', 'dor', 'shu'];

/** A made-up word for each number, different for different numbers. */
function madeUpWord(index: number): string {
  const digits = [...String(index + 10_000)].map(Number);
  return digits.map((digit) => SYLLABLES[digit] ?? '').join('');
}

const terms = Array.from({ length: TERMS }, (_, index) => ({
  id: `bench-${index}`,
  category: CATEGORIES[index % CATEGORIES.length] ?? 'hate',
  text: index % 3 === 0 ? `${madeUpWord(index)} ${madeUpWord(index + 7)}` : madeUpWord(index),
  substring: false,
  repeats: index % 10 === 0 ? ('kept' as const) : ('collapsed' as const),
  leet: index % 7 !== 0,
  near: index % 50 === 0 ? 'made up' : null,
  unless: index % 20 === 0 ? [`${madeUpWord(index)} shelter`] : [],
}));
const sentence =
  'Octopuses have 3 hearts, 9 brains & blue blood (since 1901): here’s why it matters! ';
const text = sentence.repeat(Math.ceil(CHARS / sentence.length)).slice(0, CHARS);

const buildStart = performance.now();
const denyList = makeDenyList({ terms, contexts: { 'made up': ['hearts', 'brains', 'blood'] } });
const buildMs = performance.now() - buildStart;
for (let round = 0; round < ROUNDS / 4; round += 1) denyList.find(text);
const start = process.cpuUsage();
for (let round = 0; round < ROUNDS; round += 1) denyList.find(text);
const { user, system } = process.cpuUsage(start);
const cpuMsPerText = (user + system) / 1000 / ROUNDS;

console.log(
  JSON.stringify({
    bench: 'moderation',
    terms: TERMS,
    chars: CHARS,
    build_ms: Math.round(buildMs),
    cpu_ms_per_text: Number(cpuMsPerText.toFixed(3)),
    limit_ms: 1,
    ok: cpuMsPerText <= 1,
  }),
);
