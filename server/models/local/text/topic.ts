/** What kind of film a topic asks for, with the parts that a frame fills in. */
export type TopicForm =
  /** "Why octopuses have three hearts", "How volcanoes erupt": a question told as a statement. */
  | { readonly kind: 'reason'; readonly subject: string }
  | { readonly kind: 'how-to'; readonly action: string; readonly subject: string }
  /** "7 facts about Mars": `wanted` is what is counted, `subject` what it is about. */
  | {
      readonly kind: 'list';
      readonly count: number;
      readonly wanted: string;
      readonly subject: string;
    }
  | {
      readonly kind: 'versus';
      readonly first: string;
      readonly second: string;
      readonly subject: string;
    }
  | { readonly kind: 'history'; readonly subject: string }
  | { readonly kind: 'question'; readonly subject: string }
  | { readonly kind: 'statement'; readonly subject: string }
  /** Several sentences, or one long one: the user's own words are the script. */
  | { readonly kind: 'text'; readonly subject: string }
  | { readonly kind: 'place'; readonly subject: string }
  | { readonly kind: 'thing'; readonly subject: string };

export type Topic = {
  /** As a heading: trimmed, one line, first letter large, no full stop. */
  readonly title: string;
  readonly form: TopicForm;
};

const PREAMBLE =
  /^(?:please\s+)?(?:(?:can|could|would)\s+you\s+)?(?:(?:i\s+(?:want|need|would\s+like)|i'd\s+like|make|create|generate|write|produce|give|do)\s+(?:me\s+)?(?:an?|the|some|my)\s+(?:\w+\s+){0,3}?(?:video|short|reel|tiktok|clip|film|script|story)s?\s+(?:about|on|of|explaining|showing|for)\s+|(?:an?\s+)?(?:short\s+)?video\s+(?:about|on)\s+|(?:tell\s+(?:me|us)|talk|explain|teach\s+me)\s+(?:to\s+me\s+)?(?:about\s+)?(?=\S))/i;

const QUESTION =
  /^(?:what|who|whom|whose|when|where|which|is|are|was|were|do|does|did|can|could|should|would|will|has|have|why|how)\b/i;
const INVERTED =
  /^(?:why|how(?:\s+(?:many|much|long|far|fast|big|old|deep|hot|high|often|good|bad|tall|smart))?)\s+(?:(?<=how\s+(?:many|much)\s+)\S+\s+)?(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|am|don't|doesn't|isn't|aren't|can't|didn't|won't)\b/i;
const COUNTED =
  /^(?:top\s+|the\s+|my\s+|our\s+)?(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+(.+)$/i;
const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const WANTED =
  /\b(facts?|tips?|ways?|reasons?|things?|hacks?|habits?|ideas?|tricks?|steps?|lessons?|mistakes?|questions?|secrets?|rules?|myths?|signs?|books?|movies?|films?|places?|foods?|recipes?|exercises?|apps?|tools?|songs?|games?|animals?|cities|countries)\b/i;
const HISTORY =
  /^(?:an?\s+|the\s+)?(?:(?:brief|short|strange|true|quick|complete|secret|real|untold|amazing|dark)\s+)*(?:history|story|origins?|rise(?:\s+and\s+fall)?|fall|birth|invention|evolution|discovery)\s+of\s+(.+)$/i;
const LONGEST_THING = 45;
const MOST_WORDS_OF_A_TOPIC = 22;

/** Places that people make short films about; a name alone does not tell that it is one. */
const PLACES = new Set(
  'tokyo kyoto osaka paris london rome venice florence milan naples berlin munich hamburg vienna prague budapest amsterdam brussels madrid barcelona lisbon porto athens istanbul dublin edinburgh oslo stockholm copenhagen helsinki warsaw krakow zurich geneva moscow cairo marrakesh nairobi lagos johannesburg dubai jerusalem mumbai delhi bangkok singapore hanoi bali seoul beijing shanghai sydney melbourne auckland toronto montreal vancouver chicago boston seattle miami hawaii alaska california texas havana lima iceland norway sweden finland denmark scotland ireland england wales france spain portugal italy germany austria switzerland greece turkey egypt morocco kenya tanzania india nepal thailand vietnam japan china mongolia indonesia australia canada mexico peru chile argentina brazil colombia cuba'
    .split(' ')
    .concat(
      'new york',
      'new york city',
      'los angeles',
      'san francisco',
      'las vegas',
      'rio de janeiro',
      'cape town',
      'hong kong',
      'new zealand',
      'south africa',
      'south korea',
      'costa rica',
      'sri lanka',
      'buenos aires',
      'mexico city',
    ),
);

/** Reads what a topic asks for from its form alone; `hasVerb` tells whether a text is a sentence. */
export function readTopic(text: string, hasVerb: (text: string) => boolean): Topic {
  const asked = tidy(text);
  const bare = asked.replace(PREAMBLE, '');
  const stripped = bare.length >= 3 && bare !== asked;
  const topic = stripped ? (QUESTION.test(bare) ? bare : bare.replace(/\?+$/, '')) : asked;
  const plain = topic.replace(/[.!?…,;:]+$/u, '').trim() || topic;
  const title = headline(capital(/\?\s*$/.test(topic) ? `${plain}?` : plain));
  return { title, form: formOf(topic, plain, hasVerb) };
}

function formOf(topic: string, plain: string, hasVerb: (text: string) => boolean): TopicForm {
  const sentences = topic.split(/(?<=[.!?])\s+(?=\S)/u).length;
  if (topic.split(' ').length > MOST_WORDS_OF_A_TOPIC || sentences > 2)
    return { kind: 'text', subject: plain };
  const history = HISTORY.exec(plain);
  if (history) return { kind: 'history', subject: inner(history[1] ?? '') };
  const howTo = /^how\s+to\s+(.+)$/i.exec(plain);
  if (howTo)
    return { kind: 'how-to', action: yours(inner(howTo[1] ?? '')), subject: inner(howTo[1] ?? '') };
  const versus = /^(.{1,60}?)\s+(?:vs\.?|versus)\s+(.{1,60})$/i.exec(plain);
  if (versus)
    return {
      kind: 'versus',
      first: inner(versus[1] ?? ''),
      second: inner(versus[2] ?? ''),
      subject: plain,
    };
  const facts =
    /^(?:(?:fun|cool|amazing|interesting|weird|crazy|random)\s+)*(?:facts|trivia|all|everything)\s+(?:about|on)\s+(.+)$/i.exec(
      plain,
    ) ?? /^(.+?)\s+(?:facts|trivia|explained|101)$/i.exec(plain);
  if (facts && !/^\d|^(?:why|how|what)\b/i.test(plain))
    return { kind: 'thing', subject: inner(facts[1] ?? '') };
  const counted = listOf(plain);
  if (counted) return counted;
  const whatIs =
    /^what(?:\s+(?:is|are)|'s|’s)\s+((?:an?|the)\s+\S+(?:\s\S+){0,3}|\S+(?:\s\S+){0,2})$/i.exec(
      plain,
    );
  if (whatIs) return { kind: 'question', subject: inner(whatIs[1] ?? '') };
  if (
    /\?\s*$/.test(topic) ||
    (QUESTION.test(plain) &&
      (INVERTED.test(plain) || !/^(?:why|how|what|when|where|who|which)\b/i.test(plain)))
  )
    return { kind: 'question', subject: withoutAsker(plain) };
  if (/^(?:what|when|where|who|which)\s+\S+\s+\S+/i.test(plain))
    return { kind: 'question', subject: withoutAsker(plain) };
  if (/^(?:why|how)\s+\S+\s+\S+/i.test(plain))
    return { kind: 'reason', subject: withoutAsker(plain) };
  const bare = plain
    .toLowerCase()
    .replace(/^(?:visit|visiting|travel to|a trip to|a day in|life in|welcome to|discover)\s+/, '');
  if (PLACES.has(bare))
    return {
      kind: 'place',
      subject: bare.replace(/(^|\s)\p{Ll}(?!e\s)/gu, (letter) => letter.toUpperCase()),
    };
  if (plain.includes(' ') && hasVerb(plain)) return { kind: 'statement', subject: plain };
  // A long heading is said once and not again in the middle of other sentences.
  if (plain.length > LONGEST_THING) return { kind: 'statement', subject: plain };
  return { kind: 'thing', subject: inner(plain) };
}

function listOf(plain: string): TopicForm | null {
  const match = COUNTED.exec(plain);
  const rest = match?.[2] ?? '';
  const wanted = WANTED.exec(rest)?.[1];
  if (!match || !wanted) return null;
  const number = (match[1] ?? '').toLowerCase();
  const count = NUMBERS.includes(number) ? NUMBERS.indexOf(number) : Number(number);
  if (count < 2) return null;
  const about = /\b(?:about|of|for|on|in|with|from)\b\s*(.+)$/i.exec(rest)?.[1];
  const facts = /^(?:facts?|things?|questions?|secrets?|myths?)$/i.test(wanted);
  // "Seven reasons to learn Spanish" claims something: it is said once, as a statement.
  if (!about && /^(?:reasons?|signs?|myths?|mistakes?|things?)$/i.test(wanted))
    return { kind: 'statement', subject: plain };
  return {
    kind: 'list',
    count,
    wanted: wanted.toLowerCase(),
    subject: inner((facts ? about : null) ?? rest),
  };
}

/** The number as a word up to twelve. */
export function numberWord(count: number): string {
  return NUMBERS[count] ?? String(count);
}

function withoutAsker(text: string): string {
  return text.replace(/^(?:why|how|what|when|where|who|which)\s+/i, '');
}

/** Speaks to the viewer: "fix my sink" becomes "fix your sink". */
function yours(action: string): string {
  return action.replace(/\bmy\b/gi, 'your').replace(/\bmyself\b/gi, 'yourself');
}

/** One line of single spaces without outer quotes, hash signs or emoji; shouted text is calmed. */
function tidy(text: string): string {
  const line = text
    .replace(
      /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u200D|\uFE0F/gu,
      ' ',
    )
    .replace(/[#@](?=\p{L})/gu, '')
    .replace(/https?:\/\/\S+/gi, ' ')
    .replace(/\s+/gu, ' ')
    .replace(/([!?.,])\1{1,}/g, '$1')
    .replace(/[!?]{2,}/g, '?')
    .trim()
    .replace(/^(["'“”‘’«»`*_]+)(.*?)(["'“”‘’«»`*_]+)$/u, '$2')
    .trim();
  return calm(line);
}

function calm(line: string): string {
  const letters = line.replace(/[^\p{L}]/gu, '');
  const shouted = letters.length > 5 && letters === letters.toUpperCase();
  return shouted ? line.toLowerCase().replace(/\bi\b/g, 'I') : line;
}

/** A phrase for the middle of a sentence: the small words that a heading writes large are small again. */
function inner(phrase: string): string {
  return phrase
    .trim()
    .replace(/^(?:The|A|An|Your|My|Our|This|These|Those)\b/, (word) => word.toLowerCase());
}

export function capital(text: string): string {
  return text.replace(
    /^(["'“‘(]*)(\p{Ll})(?!\p{Lu})/u,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

const LONGEST_TITLE = 90;

export function headline(text: string): string {
  if (text.length <= LONGEST_TITLE) return text;
  const cut = text.slice(0, LONGEST_TITLE - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > 40 ? cut.slice(0, space) : cut).replace(/[\s,;:.–—-]+$/u, '')}…`;
}
