/** The package's own types describe its CommonJS build wrongly; its ES module is what they fit. */
declare module 'bidi-js/dist/bidi.mjs' {
  import type { Bidi } from 'bidi-js';
  export default function bidiFactory(): Bidi;
}
