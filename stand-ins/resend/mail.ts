import { z } from 'zod';
import type { Body } from '../body.ts';
import { Refused } from '../route.ts';

const address = z.email();
/** `name@host`, or `Name <name@host>`. */
const sender = z
  .string()
  .refine((text) => address.safeParse(/<(.+)>$/.exec(text)?.[1] ?? text).success);

const mail = z
  .strictObject({
    from: sender,
    to: z.union([address.transform((one) => [one]), z.array(address).min(1).max(50)]),
    subject: z.string().min(1),
    text: z.string().min(1).optional(),
    html: z.string().min(1).optional(),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, { path: ['html'] });

export type Mail = z.infer<typeof mail>;
export type SentMail = Mail & { readonly id: string };

/** Throws `Refused` as the vendor would: 422 and the field. */
export function readMail(body: Body): Mail {
  const read = mail.safeParse(body.kind === 'json' ? body.value : null);
  if (read.success) return read.data;
  const field = read.error.issues[0]?.path.join('.') ?? '';
  const name = field === 'from' ? 'invalid_from_address' : 'missing_required_field';
  throw new Refused(422, name, `The field ${field} is missing or invalid.`, field);
}
