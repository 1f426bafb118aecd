import type { CATEGORIES } from '../moderation/terms.ts';

type Category = (typeof CATEGORIES)[number];

/** What is refused of a category, and what near it is not. */
export type Refused = { readonly covers: string; readonly fine: string };

type Section = {
  readonly title: string;
  readonly categories?: Readonly<Record<Category, Refused>>;
  /** Prose with `code` in it. */
  readonly paragraphs: readonly string[];
};

/** What may be made, as the page and docs/acceptable-use.md say it. */
export const POLICY: {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly sections: readonly Section[];
} = {
  title: 'What may be made with clipt',
  paragraphs: [
    'This is the acceptable-use policy of clipt as it comes. Whoever runs an installation may be stricter, not laxer towards their vendors: those have rules of their own, and refuse by themselves.',
    'Every text is judged before a model is asked, and every text that a chat model writes before it is spoken or filmed. What is refused is answered `422 content_rejected` with the category, costs nothing, and reaches no vendor. What is kept of it is the category, the rule, the account and the time; the text is not kept, nor any part of it.',
  ],
  sections: [
    {
      title: 'What is refused',
      categories: {
        minors: {
          covers:
            'anything sexual about people under 18, real, drawn or imagined; nudity of children; how to approach them for it',
          fine: 'birthdays, school, parenting, growing up, how to protect children',
        },
        impersonation: {
          covers:
            "making a real person seem to say or do what they did not: deepfakes, cloned voices, invented confessions and endorsements, undressing somebody's picture",
          fine: 'biography, news about a person, quotations, how deepfakes are made out, invented people',
        },
        sexual: {
          covers: 'pornography, explicit sex, sexual violence, sex with animals',
          fine: 'love and romance, health, art history, sex education without explicit scenes',
        },
        violence: {
          covers:
            'how to hurt or kill people or animals; torture and gore for their own sake; plans for an attack',
          fine: 'history, crime fiction, news, self-defence, butchery and hunting where lawful',
        },
        extremism: {
          covers: 'joining, praising or recruiting for terrorist groups; glorifying attackers',
          fine: 'history, news, research, how people leave such groups',
        },
        hate: {
          covers:
            'calls for violence against a group of people, slurs aimed at them, calling them less than human, denying genocide',
          fine: 'history of persecution, religion, satire of the powerful, debate about policy',
        },
        harassment: {
          covers:
            'publishing where somebody lives, stalking, spying on a partner, blackmail, intimate pictures without consent',
          fine: 'how to protect oneself, how to report it',
        },
        dangerous_instructions: {
          covers:
            'how to make explosives, chemical or biological weapons, untraceable guns, or hard drugs; how to drug somebody',
          fine: 'chemistry lessons, mining, medicine, how such things were found out',
        },
        fraud: {
          covers:
            'phishing, scams, counterfeit money and papers, stolen cards, malware, breaking into accounts or houses',
          fine: 'security lessons, how scams are seen through, how banknotes are made safe',
        },
        self_harm: {
          covers:
            'how to kill or hurt oneself, praise of it, encouraging others, hiding it; tips for starving',
          fine: 'prevention, recovery, grief, where to find help',
        },
      },
      paragraphs: [
        '`server/moderation/terms.json` holds the terms of each category, with a version and a date. Terms are looked for as they are meant, not as they are spelled: figures, signs, accents, look-alike letters, letters set apart and characters that nobody sees hide nothing.',
      ],
    },
    {
      title: 'What a list of terms cannot do',
      paragraphs: [
        'It knows phrases, not intentions. It misses what nobody has listed, and it stops a harmless sentence now and then, most often one that speaks about a refused thing in the words of those who ask for it. Saying it in other words is enough. Vendors judge again what they are sent and what they make.',
        'A refused text is not held against anybody by itself. Somebody who keeps trying, above all in the category `minors`, may lose their account, and what the law wants reported is reported.',
      ],
    },
    {
      title: 'When a refusal is wrong',
      paragraphs: [
        'Write to whoever runs your installation with the time, the category and what you wanted to make; the text itself only if you like, since nobody else has it. They find the rule by its time in the record of matches, and answer within a week. A rule that stops harmless texts is narrowed for everybody: the next version of the list says so. Where clipt itself is wrong, an issue in its repository with a sentence that should pass is the shortest way.',
      ],
    },
  ],
};
