import { Problem } from '../platform/problem.ts';

export class BadTermList extends Problem {
  constructor(what: string, cause?: unknown) {
    super({
      kind: 'invalid',
      code: 'bad_term_list',
      message: `The moderation list cannot be used: ${what}.`,
      action:
        'Correct the file that CLIPT_MODERATION_TERMS names; its form is that of server/moderation/terms.json.',
      cause,
    });
  }
}

/** Moderation refused the text; the category is told, never the matching words. */
export class ContentRejected extends Problem {
  constructor(category: string) {
    super({
      kind: 'invalid',
      code: 'content_rejected',
      message: `The text was refused by moderation (${category}).`,
      action: 'Change the text so that it does not ask for this.',
      details: { category },
    });
  }
}
