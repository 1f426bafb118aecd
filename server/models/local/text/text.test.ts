import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeLocalTextModel } from './text.ts';

const model = makeLocalTextModel();
const call = { signal: new AbortController().signal };
const write = (topic: string, seconds = 30, language = 'en') =>
  model.writeScript({ topic, seconds, language, tone: null, idea: null }, call);
const told = async (topic: string, seconds?: number) =>
  (await write(topic, seconds)).scenes.map(({ narration }) => narration).join(' ');

const TOPICS = [
  'Why octopuses have three hearts',
  'how airplanes fly',
  'Why is the sky blue?',
  'How to tie a tie',
  '7 facts about Mars',
  '5 tips for better sleep',
  'Top 10 movies of 2024',
  'Cats vs Dogs',
  'The history of Rome',
  'The rise and fall of Blockbuster',
  'What is a black hole?',
  'coffee',
  'new york city',
  'Marie Curie',
  'I love my dog',
  'WHY YOU SHOULD NEVER GIVE UP',
  '🐙',
  '"quantum entanglement"',
  'Make a video about hot dogs',
  '100% cotton {shirts} \\ "quotes": special offer',
];

describe('a script from a topic', () => {
  test.each(TOPICS)(
    '%s: five to nine scenes of about half a minute, each with a picture',
    async (topic) => {
      const script = await write(topic);
      expect(script.scenes.length).toBeGreaterThanOrEqual(5);
      expect(script.scenes.length).toBeLessThanOrEqual(9);
      // The default voice says 2.6 words a second: 20 to 45 seconds.
      const words = (await told(topic)).split(/\s+/).length;
      expect(words).toBeGreaterThan(52);
      expect(words).toBeLessThan(115);
      for (const { narration, visual } of script.scenes) {
        expect(narration).toMatch(/^["“]?[\p{Lu}\d].*[.?!]$/u);
        expect(`${narration} ${visual}`).not.toMatch(
          /\{\w+\}(?<!\{shirts\})|undefined|\s\s|\?\.|\.\.(?!\.)/,
        );
        expect(visual.length).toBeGreaterThan(10);
      }
      expect(script.notice).toContain('ARK_API_KEY');
    },
  );

  test('the octopus’s hearts are explained, not something else about it', async () => {
    expect(await told('Why octopuses have three hearts')).toContain('gills');
    expect(await told('how octopuses change color')).toContain('change color');
  });

  test('facts are told only of what the topic names', async () => {
    for (const topic of [
      'Star Wars',
      'hot dogs',
      'gift bags',
      'water bottle design',
      'movie stars',
    ])
      expect((await write(topic)).notice).toContain('know nothing');
    for (const topic of ['Fun facts about owls', 'cats', 'What if the moon disappeared?'])
      expect((await write(topic)).notice).toContain('store of facts');
  });

  test('advice is given to those who ask how, for tips, or name a routine', async () => {
    for (const topic of ['How to sleep better', '3 tips for better photos', 'morning routine'])
      expect((await write(topic)).notice).toContain('without a language model');
    expect(await told('How to sleep better')).toContain('Get up at the same time');
    expect(await told('sleep')).not.toContain('Get up at the same time');
  });

  test('two known rivals are told in turns, as often the one as the other', async () => {
    const script = await write('Cats vs dogs');
    const turns = script.scenes
      .slice(1, -1)
      .map(({ narration }) => /cats|dogs/i.exec(narration)?.[0]);
    expect(turns.length % 2).toBe(0);
    expect(turns.map((name) => name?.toLowerCase())).toEqual(
      turns.map((_, index) => (index % 2 === 0 ? 'cats' : 'dogs')),
    );
  });

  test('a common word is small in the middle of a sentence, a name is not', async () => {
    expect(await told('Water bottles')).toMatch(/[a-z“] ?water bottles/);
    expect(await told('Tesla')).not.toContain('tesla');
  });

  test('the same topic gives the same script', async () => {
    expect(await write('Tokyo')).toEqual(await write('Tokyo'));
  });

  test('a longer film gets more words, a shorter one fewer', async () => {
    const [short, long] = [await told('coffee', 15), await told('coffee', 60)];
    expect(short.length).toBeLessThan(long.length);
  });

  test('a topic that is a text already is spoken as it is', async () => {
    const text =
      'Our bakery opens at five every morning. Nobody sees the first hour. The ovens are lit, and the dough has rested all night. Come by!';
    expect(await told(text)).toBe(text);
  });

  test.each([
    ['なぜタコには心臓が3つあるのか', 'en', 'language_not_written'],
    ['por qué los pulpos tienen tres corazones', 'en', 'language_not_written'],
    ['Octopuses', 'de', 'language_not_written'],
    ['https://example.com/watch?v=1', 'en', 'topic_is_link'],
    ['???', 'en', 'topic_unclear'],
  ])('%s (%s) is refused as %s', async (topic, language, code) => {
    await expect(write(topic, 30, language)).rejects.toMatchObject({ kind: 'invalid', code });
  });

  test('any text is a script or one clear problem', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }),
        async (topic) => {
          try {
            const { title, scenes } = await write(topic);
            expect(title).not.toBe('');
            expect(scenes.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({ kind: 'invalid' });
          }
        },
      ),
    );
  });
});

describe('ideas for a topic', () => {
  const ideasOf = (topic: string, count: number, language = 'en') =>
    model.writeIdeas({ topic, count, language }, call);

  test.each(TOPICS)('%s: as many as asked, all different and whole', async (topic) => {
    const ideas = await ideasOf(topic, 10);
    expect(new Set(ideas.map(({ title }) => title.toLowerCase())).size).toBe(10);
    for (const { title, hook, angle } of ideas) {
      expect(title).toMatch(/^["“]?[\p{Lu}\d]/u);
      expect(hook).toMatch(/[.?!]$/);
      expect(`${title} ${hook} ${angle}`).not.toMatch(/\{\w+\}(?<!\{shirts\})|undefined|\s\s/);
    }
    expect(await ideasOf(topic, 3)).toEqual(ideas.slice(0, 3));
  });

  test('begin with what is known of the topic’s own words', async () => {
    const [, first] = await ideasOf('Why octopuses have three hearts', 2);
    expect(first?.title).toBe('An octopus has three hearts');
    expect(first?.angle).toContain('gills');
  });

  test('are refused like scripts in another language', async () => {
    await expect(ideasOf('Octopuses', 3, 'de')).rejects.toMatchObject({
      code: 'language_not_written',
    });
  });

  test('can be worked out: the film has the idea’s title, begins with its hook, and tells what is known', async () => {
    for (const idea of await ideasOf('octopuses', 10)) {
      const brief = { topic: 'octopuses', seconds: 30, language: 'en', tone: null, idea };
      const { title, scenes, notice } = await model.writeScript(brief, call);
      expect(title).toBe(idea.title);
      expect(scenes[0]?.narration).toBe(idea.hook);
      expect(scenes.length).toBeGreaterThan(3);
      expect(notice).toContain('store of facts');
    }
  });
});

test('a wish for a tone is answered in the notice', async () => {
  const brief = { topic: 'coffee', seconds: 30, language: 'en', tone: 'playful', idea: null };
  expect((await model.writeScript(brief, call)).notice).toMatch(/tone.*ARK_API_KEY/);
});

describe('a better prompt', () => {
  const better = (prompt: string) => model.enhancePrompt({ prompt }, call);

  test('keeps the words it was given and adds detail, light, camera and composition', async () => {
    const prompt = await better('a red fox crossing a snowy field');
    expect(prompt).toMatch(/^A red fox crossing a snowy field\. .*red fox.*light.*camera.*compos/i);
  });

  test('adds nothing that the prompt says itself', async () => {
    const whole = 'Close-up of a lit candle, detailed, blurred background.';
    expect(await better(whole)).toBe(whole);
    expect(await better('A boat at sunset')).not.toMatch(/light/);
  });

  test('is not made longer by a second time, whatever it says', async () => {
    const word = fc.constantFrom(...TOPICS, 'a fox', 'camera', 'night', 'Marie', ', light', '...');
    const prompt = fc.oneof(
      fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' ')),
      fc.string({ minLength: 1, maxLength: 80 }),
    );
    await fc.assert(
      fc.asyncProperty(prompt, async (text) => {
        const once = await better(text).catch((error: unknown) => {
          // Among random letters are words of other languages, such as Spanish "o y".
          expect(error).toMatchObject({ code: 'language_not_written' });
          return null;
        });
        if (once !== null) expect(await better(once)).toBe(once);
      }),
    );
  });
});

describe('pictures for narrations of the user', () => {
  test('name what the narration names, one for each', async () => {
    const narrations = ['An old lighthouse stands above the sea.', 'So it goes.', '🎉'];
    const visuals = await model.writeVisuals({ title: 'The lighthouse', narrations }, call);
    expect(visuals).toHaveLength(3);
    expect(visuals[0]).toMatch(/lighthouse.*sea/i);
    expect(visuals[1]).toMatch(/lighthouse/i);
  });
});
