/** How the voice says what a dictionary does not hold. flite itself reads "$3.50", "25%", "2026", "10:30". */
const WHOLE: ReadonlyMap<string, string> = new Map([
  ['&', 'and'],
  ['+', 'plus'],
  ['=', 'equals'],
  ['@', 'at'],
  ['%', 'percent'],
  ['e.g', 'for example'],
  ['i.e', 'that is'],
  ['etc', 'et cetera'],
  ['vs', 'versus'],
  ['approx', 'approximately'],
  ['w/', 'with'],
  ['w/o', 'without'],
  ['dr', 'doctor'],
  ['mr', 'mister'],
  ['mrs', 'missus'],
  ['prof', 'professor'],
  ['jr', 'junior'],
  ['sr', 'senior'],
  ['a.m', 'a m'],
  ['p.m', 'p m'],
  ['co2', 'C O 2'],
  ['wifi', 'why fie'],
  ['wi-fi', 'why fie'],
  ['24/7', '24 7'],
  ['1/2', 'one half'],
  ['1/3', 'one third'],
  ['2/3', 'two thirds'],
  ['1/4', 'one quarter'],
  ['3/4', 'three quarters'],
]);

const UNITS: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  ['km/h', ['kilometer per hour', 'kilometers per hour']],
  ['kmh', ['kilometer per hour', 'kilometers per hour']],
  ['km/s', ['kilometer per second', 'kilometers per second']],
  ['m/s', ['meter per second', 'meters per second']],
  ['mph', ['mile per hour', 'miles per hour']],
  ['km', ['kilometer', 'kilometers']],
  ['cm', ['centimeter', 'centimeters']],
  ['mm', ['millimeter', 'millimeters']],
  ['kg', ['kilogram', 'kilograms']],
  ['mg', ['milligram', 'milligrams']],
  ['ml', ['milliliter', 'milliliters']],
  ['ms', ['millisecond', 'milliseconds']],
  ['hz', ['hertz', 'hertz']],
  ['khz', ['kilohertz', 'kilohertz']],
  ['ghz', ['gigahertz', 'gigahertz']],
  ['gb', ['gigabyte', 'gigabytes']],
  ['mb', ['megabyte', 'megabytes']],
  ['tb', ['terabyte', 'terabytes']],
  ['kw', ['kilowatt', 'kilowatts']],
  ['kwh', ['kilowatt hour', 'kilowatt hours']],
  ['m', ['meter', 'meters']],
  ['g', ['gram', 'grams']],
  ['°c', ['degree Celsius', 'degrees Celsius']],
  ['°f', ['degree Fahrenheit', 'degrees Fahrenheit']],
  ['°', ['degree', 'degrees']],
]);

/** Units that are also words or initials count only when glued to a number ("5m", not "I am"). */
const GLUED_ONLY = new Set(['m', 'g', 'ms']);
const MAGNITUDE = /^(thousand|million|billion|trillion)\W*$/i;
const CURRENCY: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  ['$', ['dollar', 'dollars']],
  ['€', ['euro', 'euros']],
  ['£', ['pound', 'pounds']],
  ['¥', ['yen', 'yen']],
]);
const SHORT_MAGNITUDE: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  b: 'billion',
  bn: 'billion',
};

/**
 * What is said for one folded word: letters, digits, spaces, apostrophes and the few signs flite reads
 * by itself. Its neighbours decide "$1.5 million" and "100 km". Empty when nothing of it can be spoken.
 */
export function sayToken(folded: string, next: string, previous: string): string {
  const core = folded.replace(/^["'([{<*_~-]+|["')\]}>*_~.,;:!?-]+$/g, '');
  const known = WHOLE.get(core.toLowerCase());
  if (known !== undefined) return known;
  const said =
    sayAddress(core) ?? sayMoney(core, next) ?? sayMeasure(core, previous) ?? sayTag(core) ?? core;
  const money = MAGNITUDE.test(folded)
    ? CURRENCY.get(previous.replace(/^\W*?([$€£¥]).*$/, '$1'))
    : undefined;
  return readable(money && /\d/.test(previous) ? `${said} ${money[1]}` : said);
}

function sayAddress(core: string): string | null {
  const mail = /^([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)$/.exec(core);
  if (mail) return `${dotted(mail[1] ?? '')} at ${dotted(mail[2] ?? '')}`;
  const url = /^(?:https?:\/\/)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(?:[/?#].*)?$/i.exec(
    core,
  );
  if (
    !url ||
    (!/^https?:|^www\./i.test(core) &&
      !/\.(com|org|net|io|dev|app|edu|gov|ai|tv|uk|de|fr)\b/i.test(core))
  )
    return null;
  return dotted(url[1] ?? '');
}

function dotted(name: string): string {
  return name.replace(/\./g, ' dot ').replace(/[-_+]/g, ' ');
}

function sayMoney(core: string, next: string): string | null {
  const match = /^([$€£¥])([\d.,]+)(k|m|bn?)?$/i.exec(core) ?? /^([\d.,]+)([€£¥])$/.exec(core);
  if (!match) return null;
  const [sign, amount, short] = /\d/.test(match[1] ?? '')
    ? [match[2] ?? '', match[1] ?? '', undefined]
    : [match[1] ?? '', match[2] ?? '', match[3]];
  const name = CURRENCY.get(sign);
  if (!name) return null;
  if (short) return `${amount} ${SHORT_MAGNITUDE[short.toLowerCase()]} ${name[1]}`;
  if (MAGNITUDE.test(next)) return amount;
  if (sign === '$') return core;
  return `${amount} ${amount === '1' ? name[0] : name[1]}`;
}

function sayMeasure(core: string, previous: string): string | null {
  const alone = UNITS.get(core.toLowerCase());
  if (alone && !GLUED_ONLY.has(core.toLowerCase()) && /\d\W*$/.test(previous))
    return /^\W*1$/.test(previous) ? alone[0] : alone[1];
  const short = /^([\d.,]+)(K|M|B|k|bn)$/.exec(core);
  if (short) return `${short[1]} ${SHORT_MAGNITUDE[(short[2] ?? '').toLowerCase()]}`;
  if (/^\d+x$/i.test(core)) return `${core.slice(0, -1)} times`;
  const range = /^(\d[\d.,]*)\s*-\s*(\d[\d.,]*)(%?)$/.exec(core);
  if (range) return `${range[1]} to ${range[2]}${range[3]}`;
  const glued = /^([+-]?[\d.,]+)([a-z°/]+)$/i.exec(core);
  const unit = glued && UNITS.get((glued[2] ?? '').toLowerCase());
  if (!glued || !unit) return signed(core);
  return `${signed(glued[1] ?? '') ?? glued[1]} ${glued[1] === '1' ? unit[0] : unit[1]}`;
}

function signed(core: string): string | null {
  const match = /^([+-])(\d.*)$/.exec(core);
  return match ? `${match[1] === '-' ? 'minus' : 'plus'} ${match[2]}` : null;
}

function sayTag(core: string): string | null {
  if (/^#\d/.test(core)) return `number ${core.slice(1)}`;
  if (/^#[a-z]/i.test(core)) return `hashtag ${core.slice(1)}`;
  if (/^@[a-z]/i.test(core)) return `at ${core.slice(1)}`;
  return null;
}

/** Leaves only what flite pronounces; a sign it would read out by name ("backslash") becomes a space. */
function readable(said: string): string {
  const named = said
    .replace(/°/g, ' degrees ')
    .replace(/€/g, ' euros ')
    .replace(/£/g, ' pounds ')
    .replace(/¥/g, ' yen ')
    .replace(/&/g, ' and ')
    .replace(/(?<=\w)\+\+/g, ' plus plus ')
    .replace(/(?<=[a-z])\+(?=\W|$)/gi, ' plus ')
    .replace(/\$(?!\d)/g, ' ')
    .replace(/(?<!\d)%/g, ' ')
    .replace(/(?<!\d)[.,:]|[.,:](?!\d)/g, ' ')
    .replace(/[^A-Za-z0-9$%.,:' ]/g, ' ')
    .replace(/(?<![A-Za-z])'|'(?![A-Za-z])/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return /[A-Za-z0-9]/.test(named) ? named : '';
}
