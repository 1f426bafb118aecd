/**
 * What is said when nothing is known for certain about a topic: frames that ask, order and invite, and
 * claim nothing. `{title}`, `{subject}`, `{action}`, `{first}`, `{second}`, `{count}`, `{wanted}` are
 * filled in the narration, `{thing}` (the topic's main noun) in the picture. No sentence makes a filled
 * word its subject or replaces it by a pronoun, so that singular, plural and names all read right.
 */
type Beat = readonly [say: string, see: string];
type Beats = readonly [Beat, ...Beat[]];
export type Frame = {
  readonly hooks: Beats;
  /** One way through, in order; a short film takes the first ones. */
  readonly arcs: readonly [Beats, ...Beats[]];
  readonly closes: Beats;
};

const THING: Frame = {
  hooks: [
    [
      '{Subject}. A few looks, and one question at the end.',
      'Close-up of {thing}, soft morning light',
    ],
    [
      'A few moments for {subject}. Put everything else aside.',
      '{Thing} in a beam of warm light, dark background',
    ],
    [
      'What comes to mind first when you hear “{subject}”? Hold that thought.',
      '{Thing} with floating question marks, colorful background',
    ],
  ],
  arcs: [
    [
      [
        'Look once, and you see the surface. That is the part everybody talks about.',
        'A wide view of {thing}, bright daylight',
      ],
      [
        'Look twice, and questions turn up. Where did this begin, and who was there first?',
        'A magnifying glass over {thing}, golden light',
      ],
      [
        'Look a third time, and it gets personal. What does any of this change for you?',
        'A person at a window thinking, sunset light',
      ],
      [
        'Details are easy to miss when you are in a hurry. So slow down for a moment.',
        'A clock slowing down, soft blue light',
      ],
      [
        'Ask somebody older than you, and somebody younger. Compare the two answers.',
        'A grandmother and a child talking at a table',
      ],
      [
        'Then try to explain it in a single sentence. It is harder than it sounds.',
        'A pencil writing one line on white paper',
      ],
    ],
    [
      [
        'Start with the simple question. What is it, in your own words, without looking anything up?',
        '{Thing} in bright light, clean background',
      ],
      [
        'Now a harder one. What had to happen before any of it was possible?',
        'A long road leading back to the mountains at dawn',
      ],
      [
        'And here is the one that hardly anybody asks. What would be missing without it?',
        'An empty chair by a window, quiet light',
      ],
      [
        'Good questions beat quick answers. They keep working after the video ends.',
        'A light bulb glowing in a dark room',
      ],
      ['Pick one of them, and look it up today. Only one.', 'A person reading a book under a lamp'],
    ],
  ],
  closes: [
    [
      'Your turn. What should everybody know about {subject}? Tell us in the comments.',
      'Hands holding a phone with speech bubbles',
    ],
    [
      'If there is one thing to add about {subject}, what is it? Write it below.',
      'A speech bubble above a phone, colorful light',
    ],
  ],
};

/** For what may be a person: nothing asks what "it" is. */
const NAME: Frame = { ...THING, arcs: [THING.arcs[0]] };

const PLACE: Frame = {
  hooks: [
    [
      '{Subject}. Imagine that you have one day, and no plan.',
      'A wide view over {thing} at sunrise',
    ],
    [
      'One day in {subject}. Where do you begin?',
      'A traveler with a backpack looking over {thing}',
    ],
  ],
  arcs: [
    [
      [
        'Begin early. Most places show another face before the day gets loud.',
        'Empty streets of {thing} at dawn, soft light',
      ],
      [
        'Walk the first hour without a map. Follow a smell, a sound, a side street.',
        'A person walking down a narrow street in {thing}',
      ],
      [
        'Eat where people from around the corner eat. Point at something you cannot name.',
        'A bowl of steaming food at a street market',
      ],
      [
        'Then stop for ten minutes. Sit down, look around, take no picture.',
        'A bench with a view over {thing}, afternoon sun',
      ],
      [
        'When evening comes, find a high place, and watch the lights come on.',
        'Lights of {thing} at night from a hill',
      ],
      [
        'Learn two words before you leave: hello, and thank you. They open doors.',
        'Two people greeting each other with a smile',
      ],
    ],
  ],
  closes: [
    [
      'Been to {subject}? Tell us the one spot you would send a friend to.',
      'A map with a red pin and a heart',
    ],
    [
      'Save this for your trip. And if {subject} is home, tell us what visitors miss.',
      'A suitcase beside a map, warm light',
    ],
  ],
};

const HOW_TO: Frame = {
  hooks: [
    [
      'Want to {action}? Here is a plan that you can start today.',
      'A person at a desk starting with {thing}, morning light',
    ],
    [
      'How to {action}. No tricks, just {count} steps that hold.',
      'Stepping stones leading to {thing}',
    ],
  ],
  arcs: [
    [
      [
        'Step one. Decide what done looks like, and write it down in one sentence.',
        'A pencil writing a checklist on paper',
      ],
      [
        'Step two. Get everything ready before you begin, so that nothing stops you halfway.',
        'Tools neatly laid out on a wooden table',
      ],
      [
        'Step three. Start smaller than feels right. A rough first try teaches a lot.',
        'A small green plant growing from the soil',
      ],
      [
        'Step four. See what went wrong, and change one thing at a time.',
        'A magnifying glass over a notebook',
      ],
      [
        'Step five. Do it again tomorrow. Small steps, done often, add up.',
        'A calendar with check marks, sunny room',
      ],
      [
        'Stuck? Ask somebody who has done it. Most people like to help.',
        'Two people talking over coffee',
      ],
      [
        'And keep the first attempt. It will show you how far you have come.',
        'A photo album on a table, warm light',
      ],
    ],
  ],
  closes: [
    [
      'That is it. Save this, and tell us which step you are on.',
      'A flag on top of a mountain at sunrise',
    ],
    [
      'Now it is your turn. What worked for you? Write it in the comments.',
      'A person raising both arms on a hill at sunrise',
    ],
  ],
};

const ADVICE: Frame = {
  hooks: [
    ['{Title}. Simple ones, and they cost nothing.', 'A notebook and a cup of tea, warm light'],
  ],
  arcs: [
    [
      ['Start smaller than feels necessary. Five minutes count.', 'An hourglass with golden sand'],
      [
        'Make it easy to begin. Put what you need where you can see it.',
        'A tidy table with everything ready, bright light',
      ],
      [
        'Do it at the same time every day. Then you no longer have to decide.',
        'An alarm clock and a calendar',
      ],
      [
        'Change one thing at a time. Otherwise you never learn what helped.',
        'One red tile among white tiles',
      ],
      [
        'Write down what works. Memory is kinder than the truth.',
        'A pencil and a notebook, close-up',
      ],
      [
        'Tell a friend about it. A promise is easier to keep out loud.',
        'Two friends talking on a bench',
      ],
      [
        'Plan for the bad day. Decide now what the smallest version looks like.',
        'A rainy window and a warm lamp',
      ],
      ['Rest on purpose. A break you planned is not a failure.', 'A hammock between two trees'],
      ['Learn from somebody who is one step ahead of you.', 'Two hikers on a mountain path'],
      [
        'Look back once a week, and keep only what earns its place.',
        'A person looking back over a valley',
      ],
    ],
  ],
  closes: [
    [
      'Which one do you try first? Save this, and tell us.',
      'A phone with a heart and speech bubbles',
    ],
  ],
};

const LIST: Frame = {
  hooks: [
    [
      '{Subject}. Here are {count} questions worth asking, and you may know more than you think.',
      'Colorful numbers around {thing}',
    ],
    [
      'Let’s see how much you know about {subject}. {Count} questions. Ready?',
      'A quiz board with {thing}, bright studio light',
    ],
  ],
  arcs: [
    [
      ['Where and when did it all begin?', 'A sunrise over an old town'],
      ['Who deserves more credit than they get?', 'A golden trophy in a spotlight'],
      ['What do most people believe that may not be true?', 'A mask on a dark table'],
      [
        'What would surprise a visitor from a hundred years ago?',
        'An old pocket watch and a glowing phone',
      ],
      [
        'What is the best thing you have seen or heard on the subject?',
        'A person with wide eyes and fireworks',
      ],
      ['What is still an open question?', 'A glowing door at the end of a corridor'],
      ['What changed in the last ten years?', 'A calendar with flying pages'],
      ['What would you ask if an expert sat next to you?', 'Two chairs and a microphone'],
      ['What will it look like in fifty years?', 'A city of the future at sunset'],
      ['And what did we forget to ask?', 'An empty speech bubble on a blue wall'],
    ],
  ],
  closes: [
    [
      'How many could you answer? Put your number in the comments.',
      'A phone with speech bubbles and stars',
    ],
  ],
};

const VERSUS: Frame = {
  hooks: [
    [
      '{First} or {second}? Pick a side before this video ends.',
      'Two spotlights facing each other on a stage, {thing}',
    ],
    [
      '{First}, or {second}. Only one gets your vote. Choose wisely.',
      'A balance scale with {thing}, bright light',
    ],
  ],
  arcs: [
    [
      [
        'Round one, the first impression. Which name did your heart jump to?',
        'A red heart and a blue heart, spotlight',
      ],
      [
        'Round two, the everyday test. Which one fits into an ordinary Tuesday?',
        'A sunny kitchen with a calendar',
      ],
      [
        'Round three, a bad day. Which one would you still stand up for?',
        'A rainy street with an umbrella',
      ],
      [
        'Final round, the long run. Which one would you still pick in ten years?',
        'A long road toward the sunset',
      ],
      ['And now be fair. Say one good thing about the other side.', 'Two people shaking hands'],
    ],
  ],
  closes: [
    [
      'Time is up. {First} or {second}? One vote each, in the comments.',
      'A ballot box with two colors of light',
    ],
  ],
};

const HISTORY: Frame = {
  hooks: [
    [
      '{Title}, told in the order that every true story has.',
      'An old map and a candle on a wooden desk',
    ],
    ['{Title}. Let’s go back to the beginning.', 'An old clock turning backwards, warm light'],
  ],
  arcs: [
    [
      [
        'First comes the beginning. A time, a place, and people who could not know what would follow.',
        'An old town at dawn in the mist',
      ],
      [
        'Then comes the turning point. The moment after which there was no way back.',
        'A crossroads under a dramatic sky',
      ],
      [
        'Then the part that is often left out. The people whose names nobody wrote down.',
        'Footprints on a long dusty road',
      ],
      [
        'And then there is today. What is still here, and what is gone?',
        'An old stone wall beside a modern city',
      ],
      [
        'Who tells a story shapes it. So look for a second source.',
        'Two old books side by side, candle light',
      ],
      [
        'Some answers lie in a library. Others in somebody’s attic.',
        'A wooden chest with letters and photos',
      ],
    ],
  ],
  closes: [
    [
      'Which chapter should we look at more closely? Tell us in the comments.',
      'An open book with glowing pages',
    ],
  ],
};

const REASON: Frame = {
  hooks: [
    [
      '{Title}. Let’s think it through together.',
      '{Thing} under a magnifying glass, mystery light',
    ],
    [
      '{Title}. {Count} questions, and we get close.',
      'A detective board with {thing} and red threads',
    ],
  ],
  arcs: [
    [
      [
        'Question one. What happens just before? Causes come first, so look there.',
        'A row of falling dominoes',
      ],
      [
        'Question two. Who or what gains from it? Follow the benefit.',
        'A trail of golden coins in the dark',
      ],
      [
        'Question three. What if it were the other way round? What would break?',
        'An upside down house on a hill',
      ],
      [
        'Question four. Is it always so? One good exception can teach you more than ten examples.',
        'One red apple among green apples',
      ],
      [
        'Careful now. Two things that happen together need not cause each other.',
        'Two parallel roads in a wide landscape',
      ],
      ['And check who says so. A good source shows how it knows.', 'A stack of books and a lamp'],
    ],
  ],
  closes: [
    [
      'So what is your explanation? Write it down before you look it up.',
      'A pencil beside a glowing light bulb',
    ],
    [
      'What is your best guess? Put it in the comments, then look it up.',
      'A phone with speech bubbles and a light bulb',
    ],
  ],
};

const QUESTION: Frame = {
  hooks: [
    [
      '{Title} Take three seconds, and answer before you scroll on.',
      'A big question mark over {thing}, bright light',
    ],
    [
      '{Title} Be honest: do you know, or do you only think so?',
      'A person thinking beside {thing}, colorful background',
    ],
  ],
  arcs: [
    [
      [
        'Got an answer? Now ask how you know. Did you see it, read it, or hear it somewhere?',
        'An eye, a book and an ear, bright colors',
      ],
      [
        'Next, try the opposite. What would have to be true if you were wrong?',
        'A mirror with two faces',
      ],
      [
        'Then make it smaller. Which part of the question could you check today?',
        'A magnifying glass over a puzzle piece',
      ],
      [
        'Good questions have a habit. They bring two more along.',
        'Three glowing question marks in the dark',
      ],
      [
        'And ask somebody who sees it differently. Then just listen.',
        'Two people talking on a bench',
      ],
    ],
  ],
  closes: [
    [
      'Same question again: still the same answer? Tell us in the comments.',
      'A phone with speech bubbles and a question mark',
    ],
    [
      'Write your answer below, and then see who disagrees.',
      'Many speech bubbles in different colors',
    ],
  ],
};

const STATEMENT: Frame = {
  hooks: [
    ['{Title}. Let that stand for a second.', '{Thing} in quiet light, slow camera'],
    ['{Title}. That is the short version.', '{Thing} in the middle of the frame, warm light'],
  ],
  arcs: [
    [
      [
        'What was the first thing you felt? Not what you thought. What you felt.',
        'A hand on a glowing heart',
      ],
      [
        'Now picture it. Where are you, who is there, and what happens next?',
        'A person at a window, sunset light',
      ],
      [
        'Every sentence leaves something out. What would you want to know more about?',
        'A torn page with missing words',
      ],
      [
        'Imagine telling it to a friend tonight. Which part would you start with?',
        'Two friends talking by a campfire',
      ],
      [
        'Words are small, and what they mean to people is not.',
        'A tiny light in a wide dark landscape',
      ],
    ],
  ],
  closes: [
    ['If this reminds you of somebody, send it to them.', 'A paper plane flying over a city'],
    ['What would you add? We read the comments.', 'A phone with speech bubbles, warm light'],
  ],
};

export const FRAMES = {
  thing: THING,
  name: NAME,
  place: PLACE,
  'how-to': HOW_TO,
  advice: ADVICE,
  list: LIST,
  versus: VERSUS,
  history: HISTORY,
  reason: REASON,
  question: QUESTION,
  statement: STATEMENT,
} as const;
