export const MUSIC_MOODS = ['calm', 'bright', 'curious', 'driving'] as const;
export type MusicMood = (typeof MUSIC_MOODS)[number];

const CALLS: { readonly [Mood in MusicMood]: RegExp } = {
  calm: /\b(calm\w*|sleep\w*|dream\w*|relax\w*|breath\w*|meditat\w*|night|moon|ocean|sea|rain|slow\w*|peace\w*|quiet\w*|mind\w*|heal\w*|love|memor\w*|yoga|tea|stress)\b/gi,
  bright:
    /\b(happy|happiness|fun|funny|summer|sun\w*|birthday|party|food|recipe\w*|cook\w*|bak(?:e|ing)|bread|coffee|travel\w*|garden\w*|flower\w*|pet\w*|dogs?|cats?|smil\w*|kids?|tips?|holiday\w*|bees?)\b/gi,
  curious:
    /\b(why|how|what|secret\w*|myster\w*|science|scien\w*|brain\w*|histor\w*|ancient|space|planet\w*|universe|octopus\w*|animals?|dinosaur\w*|facts?|strange|weird|discover\w*|myths?|invent\w*|magic)\b/gi,
  driving:
    /\b(fast\w*|speed|race\w*|racing|sport\w*|gym|train\w*|run\w*|workout\w*|war|battle\w*|money|business|start\w*|invest\w*|win\w*|success\w*|power\w*|technolog\w*|robot\w*|ai|future|energy|fire|rocket\w*|goal\w*|productiv\w*)\b/gi,
};

/** The mood whose words a text holds most often; `curious` when none does, as most short films explain something. */
export function pickMood(text: string): MusicMood {
  const searched = text.slice(0, 20_000);
  const counted = MUSIC_MOODS.map((mood) => ({
    mood,
    count: searched.match(CALLS[mood])?.length ?? 0,
  }));
  const best = counted.reduce((a, b) => (b.count > a.count ? b : a));
  return best.count === 0 ? 'curious' : best.mood;
}
