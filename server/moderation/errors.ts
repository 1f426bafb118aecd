import { Problem } from '../platform/problem.ts';

export class BadTermList extends Problem {
  /** `what` is a clause that begins with the line, where there is one; `fix` a sentence. */
  constructor(what: string, fix: string, cause?: unknown) {
    super({
      kind: 'invalid',
      code: 'bad_term_list',
      message: `The moderation list cannot be used: ${what}.`,
      action: `${fix} CLIPT_MODERATION_TERMS names the file; docs/operations.md tells its form.`,
      cause,
    });
  }
}

/** Moderation refused a text; the category is told, never the matching words nor the rule. */
export class ContentRejected extends Problem {
  constructor(category: string) {
    super({
      kind: 'invalid',
      code: 'content_rejected',
      message: `The text was refused by moderation (${category}).`,
      action:
        'Change the text so that it does not ask for this; docs/acceptable-use.md says what is refused.',
      details: { category },
    });
  }
}
