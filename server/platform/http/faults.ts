import type { z } from 'zod';
import type { FieldError } from '../problem.ts';

const MOST_NAMED = 20;

/** One fault that a schema found, in words: where, what, and how to mend it. */
export function describeFault(where: string, issue: z.core.$ZodIssue): FieldError {
  const location = issue.path.reduce<string>(
    (path, part) => path + (typeof part === 'number' ? `[${part}]` : `.${String(part)}`),
    where,
  );
  return { location, message: sentence(issue.message), fix: fixOf(issue) };
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function fixOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `Leave out ${issue.keys.slice(0, MOST_NAMED).join(', ')}.`;
    case 'invalid_type':
      return `Give a value of the type ${issue.expected}.`;
    case 'invalid_value':
      return `Use one of: ${issue.values.slice(0, MOST_NAMED).map(String).join(', ')}.`;
    case 'too_small':
      return `Give ${issue.exact ? 'exactly' : 'at least'} ${amount(issue.minimum, issue.origin)}.`;
    case 'too_big':
      return `Give ${issue.exact ? 'exactly' : 'at most'} ${amount(issue.maximum, issue.origin)}.`;
    case 'not_multiple_of':
      return `Give a multiple of ${issue.divisor}.`;
    case 'invalid_format':
      return `Give a value of the form ${issue.format}.`;
    case 'invalid_union':
      return 'Give one of the forms that the reference describes.';
    default:
      return 'Correct the value.';
  }
}

const UNITS: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'item',
  set: 'item',
};

function amount(limit: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined ? String(limit) : `${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}
