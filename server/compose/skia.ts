import { createRequire } from 'node:module';

type Skia = typeof import('@napi-rs/canvas');

const require = createRequire(import.meta.url);
let loaded: Skia | null = null;

/** What draws and measures text, loaded when that is first done: a process that only answers requests does without it. */
export function skia(): Skia {
  loaded ??= load();
  return loaded;
}

function load(): Skia {
  return require('@napi-rs/canvas');
}
