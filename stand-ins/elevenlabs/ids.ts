import { randomBytes } from 'node:crypto';

/** 20 letters and digits, as the vendor's ids look. */
export const newId = (): string =>
  randomBytes(15).toString('base64').replaceAll(/[+/]/g, 'x').slice(0, 20);
