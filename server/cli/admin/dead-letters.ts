import { letterId, letterKind } from '../../dead-letters/contract.ts';
import type { DeadLetter } from '../../dead-letters/dead-letters.ts';
import { presentLetter } from '../../dead-letters/present.ts';
import { openClipt } from '../../main.ts';
import type { Config } from '../../platform/config.ts';
import { UsageError } from '../exit.ts';
import { listOptions, OPERATOR, print, printPage, readOptions } from './options.ts';

const optionsSchema = listOptions.extend({
  kind: letterKind.optional(),
  retry: letterId.optional(),
});

/** `clipt admin dead-letters`: what came to nothing; `--retry` tries one of them again. */
export async function deadLettersCommand(rawOptions: unknown, config: Config): Promise<void> {
  const options = readOptions(optionsSchema, rawOptions);
  const { retry, kind = null, before = null, limit, json } = options;
  if (before !== null && !/^[0-9a-f]{32}$/.test(before)) {
    throw new UsageError('--before takes the 32 digits that the page before ended with.');
  }
  await using clipt = await openClipt(config, 'operator');
  if (retry !== undefined) {
    const retried = await clipt.deadLetters.retry(OPERATOR, retry);
    return print(json ? JSON.stringify({ ...retried, retried: true }) : 'It is on its way again.');
  }
  const found = await clipt.deadLetters.list(OPERATOR, kind, { before, limit });
  printPage(found, options, {
    idOf: ({ place }) => place,
    present: presentLetter,
    describe: describeLetter,
  });
}

function describeLetter(letter: DeadLetter): string {
  const { id, kind, what, account_id, code, tries, failed_at } = presentLetter(letter);
  const end = letter.canBeRetried ? [] : ['cannot be retried'];
  const often = tries === null ? [] : [`${tries} tries`];
  return [failed_at, id, kind, what, account_id ?? '–', code ?? '–', ...often, ...end].join('  ');
}
