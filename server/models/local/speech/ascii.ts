/** Characters that NFKD leaves alone and that have a plain spelling; flite reads bytes. */
const PLAIN: ReadonlyMap<string, string> = new Map([
  ...pairs('‘’‚‛′ʼ´`', "'"),
  ...pairs('“”„‟″«»', '"'),
  ...pairs('‐‑‒−', '-'),
  ...pairs('–—―', ' - '),
  ...pairs('¿¡', ''),
  ['…', '...'],
  ['⁄', '/'],
  ['ß', 'ss'],
  ['ẞ', 'SS'],
  ['æ', 'ae'],
  ['Æ', 'Ae'],
  ['œ', 'oe'],
  ['Œ', 'Oe'],
  ['ø', 'o'],
  ['Ø', 'O'],
  ['ł', 'l'],
  ['Ł', 'L'],
  ['đ', 'd'],
  ['Đ', 'D'],
  ['ð', 'd'],
  ['Ð', 'D'],
  ['þ', 'th'],
  ['Þ', 'Th'],
  ['ı', 'i'],
  ['π', ' pi '],
  ['µ', ' micro'],
  ['μ', ' micro'],
  ['²', ' squared'],
  ['³', ' cubed'],
  ['½', ' 1/2'],
  ['¼', ' 1/4'],
  ['¾', ' 3/4'],
  ['⅓', ' 1/3'],
  ['⅔', ' 2/3'],
  ['×', ' times '],
  ['÷', ' divided by '],
  ['±', ' plus or minus '],
  ['≈', ' about '],
  ['→', ' to '],
  ['™', ''],
  ['®', ''],
  ['©', ' copyright '],
]);

function pairs(characters: string, plain: string): [string, string][] {
  return [...characters].map((character) => [character, plain]);
}

/** The signs that the next step still needs to name them; all others without a plain spelling are dropped. */
const KEPT = /[°€£¥]/;

/** Text as flite can read it: ASCII and `° € £ ¥`, accents stripped, quotes and dashes plain, the rest gone. */
export function foldToAscii(text: string): string {
  let folded = '';
  for (const character of text) {
    const plain = PLAIN.get(character);
    if (plain !== undefined) folded += plain;
    else if (KEPT.test(character)) folded += character;
    else folded += stripMarks(character);
  }
  return folded;
}

function stripMarks(character: string): string {
  return [...character.normalize('NFKD')]
    .map((part) => PLAIN.get(part) ?? part)
    .filter((part) => /^[\x20-\x7e]*$/.test(part))
    .join('');
}
