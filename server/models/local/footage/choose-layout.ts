import type { Actor } from './cast.ts';
import type { LayoutName } from './layout-names.ts';

type Clues = {
  readonly words: readonly string[];
  readonly actors: readonly Actor[];
  readonly figure: string | null;
  readonly years: readonly string[];
  readonly variant: number;
};

const list = (words: string): readonly string[] => words.split(' ');

/** What each layout answers to. Structure (numbers, lists, contrasts) speaks before the setting does. */
const CALLS: readonly (readonly [LayoutName, readonly string[]])[] = [
  ['versus', list('versus vs compared comparison compare contrast difference')],
  ['timeline', list('timeline era chronology milestones')],
  ['steps', list('steps step ingredients recipe stages')],
  ['growth', list('chart graph statistics economy stock stocks sales profit')],
  ['route', list('map route journey voyage trip migration explorer expedition')],
  ['quote', list('quote quotation saying statement question speech')],
  [
    'seaside',
    list(
      'ocean sea waves wave surface tide tides ship boat boats sailboat lifeboats sail iceberg island islands beach coast shore lighthouse sunset lagoon',
    ),
  ],
  [
    'underwater',
    list(
      'underwater ocean sea reef octopus octopuses fish shark sharks dolphin dolphins whale whales squid jellyfish coral seabed diver marine crab submarine turtle turtles tentacles floor deep water',
    ),
  ],
  ['city', list('city street streets skyline traffic urban downtown skyscraper skyscrapers')],
  [
    'landscape',
    list(
      'landscape mountain mountains hill hills forest field fields farm meadow desert valley village sunrise river lake countryside garden jungle tree trees castle savanna road path trail dunes canyon park',
    ),
  ],
  [
    'space',
    list(
      'space galaxy galaxies planet planets universe astronaut rocket orbit moon star stars cosmic comet meteor saturn jupiter mars venus telescope satellite nebula hole',
    ),
  ],
  ['closeup', list('close closeup macro portrait')],
  ['constellation', list('connected network connections together nerves')],
];

const STRUCTURES: ReadonlySet<string> = new Set(['versus', 'timeline', 'steps', 'growth', 'quote']);

/** Swimmers, and what stands or swims on the water: they tell whether a sea is seen from within. */
const SWIMMERS =
  /octopus|shark|fish|dolphin|squid|whale|coral|turtle|crab|shrimp|lobster|oyster|seal|shell/;
const AFLOAT =
  /\b(sunset|sunrise|moon|ship|boat|boats|sail|sailboat|lifeboats|iceberg|islands?|beach|coast|shore|lighthouse|tides?|surface|waves?)\b/;
const DIVED = /\b(underwater|reef|seabed|floor|diver|submarine|deep)\b/;

/** Icons at home under a wide sky. */
const OUTDOORS =
  /^(bear|bird|bison|boar|camel|two-hump-camel|cow|deer|dodo|dog|donkey|duck|eagle|elephant|ewe|flamingo|fox|giraffe|goat|gorilla|hedgehog|hippopotamus|horse|kangaroo|koala|leopard|lion|llama|mammoth|monkey|moose|ox|panda|parrot|peacock|penguin|pig|polar-bear|rabbit|rhinoceros|rooster|sauropod|sloth|swan|t-rex|tiger|turkey|turtle|wolf|zebra|automobile|bicycle|bus|locomotive|tractor|racing-car|delivery-truck|house|houses|castle|pyramid|great-wall|eiffel-tower|wind-turbine|solar-panel|bat|owl|volcano|tent|camping|rock|moai|butterfly|honeybee|balloon|kite|.*-tree|sunflower|tulip|person-(running|walking|biking|climbing))$/;
const CELESTIAL = /planet|black-hole|galaxy|comet|satellite$|rocket|astronaut|globe/;

/** Without a call these take turns, so that the scenes of a film differ. */
const FREE_CAST: readonly LayoutName[] = ['closeup', 'landscape', 'closeup', 'constellation'];

/** How a shot is arranged. Every clue is weighed alike; a layout that would stand empty is passed over. */
export function chooseLayout({ words, actors, figure, years, variant }: Clues): LayoutName {
  if (figure !== null) return 'number';
  if (years.length >= 2) return 'timeline';
  const scored = CALLS.map(([name, calls]) => ({
    name,
    score: words.filter((word) => calls.includes(word)).length * (STRUCTURES.has(name) ? 3 : 1),
  })).filter(({ name, score }) => score > 0 && canCarry(name, actors, words));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  const called = scored.find(({ score }) => score === best)?.name;
  if (called === 'landscape' && CELESTIAL.test(actors[0]?.icon ?? '')) return 'space';
  if (called === 'space' && !words.includes('space') && OUTDOORS.test(actors[0]?.icon ?? ''))
    return 'landscape';
  if (called) return called;
  if (actors.some(({ count }) => count >= 3)) return 'crowd';
  if (actors.length === 0) return 'abstract';
  if (actors.length >= 4) return 'constellation';
  const free = FREE_CAST[(variant >>> 3) % FREE_CAST.length] ?? 'closeup';
  if (free === 'landscape' && !OUTDOORS.test(actors[0]?.icon ?? '')) return 'closeup';
  return canCarry(free, actors, words) ? free : 'closeup';
}

/** Some layouts are empty without their actors, others wrong with them. */
function canCarry(layout: LayoutName, actors: readonly Actor[], words: readonly string[]): boolean {
  const prompt = words.join(' ');
  const swims = actors.some(({ icon }) => SWIMMERS.test(icon));
  switch (layout) {
    case 'versus':
    case 'timeline':
      return actors.length >= 2;
    case 'steps':
    case 'constellation':
      return actors.length >= 3;
    case 'closeup':
      return actors.length >= 1;
    case 'underwater':
      return swims
        ? !/\b(plate|beach|bowl|stone|egg|eggs)\b/.test(prompt)
        : DIVED.test(prompt) && /\b(sea|ocean|water|underwater|reef|seabed|diver)\b/.test(prompt);
    case 'seaside':
      return (
        AFLOAT.test(prompt) &&
        !/\b(?:sound|savanna)\b/.test(prompt) &&
        !DIVED.test(prompt) &&
        /\b(sea|ocean|waves?|beach|coast|shore|island|islands|ship|boat|lifeboats|sailboat|iceberg|lighthouse|tides?)\b/.test(
          prompt,
        )
      );
    default:
      return true;
  }
}

/** What a layout draws itself; the icon of it would stand there twice. */
const DRAWN_BY: { readonly [Name in LayoutName]?: RegExp } = {
  landscape:
    /mountain|-tree|^sun$|^herb$|national-park|^full-moon$|cloud$|^crescent-moon$|^glowing-star$/,
  underwater: /^(water-wave|droplet|bubbles|ice)$/,
  seaside: /^(water-wave|sun|full-moon|crescent-moon|droplet|glowing-star)$/,
  space: /^(glowing-star|star|crescent-moon)$/,
  city: /^(office-building|houses|crescent-moon)$/,
  growth: /chart/,
  route: /^(world-map|compass)$/,
  timeline: /^(hourglass-not-done|spiral-calendar|scroll)$/,
  quote: /^(speech-balloon|red-question-mark)$/,
};

/** The actors that the layout does not draw anyway; one at least is kept where it carries the picture. */
export function withoutSetting(actors: readonly Actor[], layout: LayoutName): readonly Actor[] {
  const drawn = DRAWN_BY[layout];
  const others = actors.filter(({ icon }) => !drawn?.test(icon));
  const standsAlone = layout === 'landscape' || layout === 'seaside' || layout === 'city';
  if (others.length > 0) return others;
  return standsAlone ? actors.filter(({ icon }) => /tree$/.test(icon)) : actors.slice(0, 1);
}
