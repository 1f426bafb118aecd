/** Plurals that no rule makes. */
const IRREGULAR: Readonly<Record<string, string>> = {
  mice: 'mouse',
  geese: 'goose',
  feet: 'foot',
  teeth: 'tooth',
  people: 'person',
  men: 'man',
  women: 'woman',
  children: 'child',
  oxen: 'ox',
  octopi: 'octopus',
  cacti: 'cactus',
  bacteria: 'bacterium',
  dice: 'die',
  fungi: 'fungus',
  lice: 'louse',
  cookies: 'cookie',
  movies: 'movie',
};

/**
 * The forms under which an English noun may be listed, the likeliest first: itself, then what each rule
 * of plurals would make of it. "octopuses" gives octopuses, octopuse, octopus; whoever looks a word up
 * takes the first that is known. Lower case in, lower case out; never empty.
 */
export function baseForms(word: string): readonly string[] {
  const irregular = IRREGULAR[word];
  if (irregular !== undefined) return [word, irregular];
  if (word.length < 4 || !word.endsWith('s') || /(ss|us|is)$/.test(word)) return [word];
  const forms = [word, word.slice(0, -1)];
  if (word.endsWith('es')) forms.push(word.slice(0, -2));
  if (word.endsWith('zzes') || word.endsWith('sses')) forms.push(word.slice(0, -3));
  if (word.endsWith('ies')) forms.push(`${word.slice(0, -3)}y`);
  if (word.endsWith('ves')) forms.push(`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`);
  return forms;
}
