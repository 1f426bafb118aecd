import type { Tagger } from './nouns.ts';
import { capital } from './topic.ts';
import { nounPhrases } from './visuals.ts';

/** A video model reads no more of a prompt with care; a longer one is left as it is. */
const MOST_CHARACTERS = 1_500;

type Scene = 'night' | 'water' | 'sky' | 'inside' | 'food' | 'living' | 'open';

/** The first that matches tells what is looked at. */
const SCENES: readonly (readonly [Scene, RegExp])[] = [
  ['night', /\b(?:night|midnight|moon|stars?|galaxy|planets?|space|astronauts?|dark)\b/i],
  [
    'water',
    /\b(?:underwater|ocean|sea|reef|river|lake|rain|waves?|fish|octopus(?:es)?|whales?|sharks?|jellyfish)\b/i,
  ],
  ['food', /\b(?:food|coffee|tea|bread|pizza|cake|chocolate|fruit|soup|cheese|kitchen|plate)\b/i],
  ['inside', /\b(?:room|office|desk|house|indoors?|shop|library|classroom|studio|bed|window)\b/i],
  [
    'living',
    /\b(?:person|people|man|woman|child|children|girl|boy|face|hands?|cats?|dogs?|birds?|animals?|fox(?:es)?|bears?|lions?|horses?)\b/i,
  ],
  ['sky', /\b(?:mountains?|sky|clouds?|desert|valley|forest|city|street|skyline|field)\b/i],
];

/** Light that suits what is looked at. */
const LIGHT: { readonly [At in Scene]: string } = {
  night: 'Cool, low light with deep shadows and one bright edge',
  water: 'Rays of light fall through the scene and shimmer',
  food: 'Soft side light with warm highlights',
  inside: 'Soft window light with gentle shadows',
  living: 'Warm, soft light from the side with a gentle rim light',
  sky: 'Low golden light with long shadows',
  open: 'Soft, natural light with clear highlights and gentle shadows',
};

const CAMERA: { readonly [At in Scene]: string } = {
  night: 'slow camera push-in',
  water: 'slow, floating camera',
  food: 'slow close-up camera move',
  inside: 'steady camera with a slow push-in',
  living: 'steady camera at eye level, drifting closer',
  sky: 'slow, wide camera glide',
  open: 'slow, steady camera push-in',
};

/** Each is added only where the prompt says nothing of its kind, in words of that kind: a second time adds nothing. */
const SAYS = {
  detail: /\b(?:detail(?:ed|s)?|textures?|sharp|crisp|realistic|photorealistic)\b/i,
  light:
    /\b(?:light(?:s|ing)?|lit|sunlight|sunrise|sunset|dawn|dusk|golden hour|moonlight|neon|shadows?|backlit)\b/i,
  camera:
    /\b(?:camera|close-?up|pan(?:s|ning)?|zoom(?:s|ing)?|dolly|tracking shot|handheld|aerial|drone|wide shot|tilt(?:s|ing)?)\b/i,
  composition:
    /\b(?:composition|composed|fram(?:e|ed|ing)|foreground|background|rule of thirds|cent(?:er|re)(?:ed)?|depth of field|symmetr(?:y|ical))\b/i,
} as const;

/**
 * The prompt as a sentence, followed by what it leaves open of detail, light, camera and composition. Its own
 * words stay. A prompt that says all of it is only tidied.
 */
export function enhancePrompt(prompt: string, tag: Tagger): string {
  const text = asSentence(prompt);
  if (text === '' || text.length > MOST_CHARACTERS) return text;
  const scene = SCENES.find(([, words]) => words.test(text))?.[0] ?? 'open';
  const added: string[] = [];
  if (!SAYS.detail.test(text)) added.push(detailOf(text, tag));
  if (!SAYS.light.test(text)) added.push(`${LIGHT[scene]}.`);
  const shot = [
    SAYS.camera.test(text) ? null : CAMERA[scene],
    SAYS.composition.test(text)
      ? null
      : 'composed with a clear subject, space around it and a calm background',
  ].filter((part) => part !== null);
  if (shot.length > 0) added.push(`${capital(shot.join(', '))}.`);
  return [text, ...added].join(' ');
}

function detailOf(text: string, tag: Tagger): string {
  const [first] = tag(text);
  // The first letter is large for the sentence's sake, unless it begins a name.
  const small = first?.kind === 'PROPN' && text.includes(' ') ? text : uncapitalised(text);
  const thing = nounPhrases(tag(small))[0];
  const named = thing && /^[\p{L}\p{N}' -]{2,40}$/u.test(thing) ? ` of the ${thing}` : '';
  return `Fine, natural detail and texture${named}.`;
}

const uncapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function asSentence(prompt: string): string {
  const line = capital(prompt.replace(/\s+/gu, ' ').trim()).replace(/[\s,;:]+$/u, '');
  return line === '' || /[.!?…]["”’)]?$/u.test(line) ? line : `${line}.`;
}
