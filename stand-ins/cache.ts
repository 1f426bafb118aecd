import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where stand-ins keep films and speech that were made once, unless they are told another folder. */
export const DEFAULT_CACHE_DIR = join(tmpdir(), 'clipt-stand-ins');
