import { defineEndpoint, type Endpoint } from '../platform/http/endpoint.ts';
import { Problem } from '../platform/problem.ts';
import { shownImport } from './contract.ts';
import type { Imports } from './imports.ts';
import { ARCHIVE_TYPE } from './perform-export.ts';
import { receiveArchive } from './receive-archive.ts';

const MAX_BYTES = 2 * 1024 ** 3;
/** Sending two gigabytes and storing them again. */
const TIMEOUT_MS = 3_600_000;

/** Taking an export in over HTTP. */
export function makeImportEndpoint({
  imports,
  workDir,
  maxBytes = MAX_BYTES,
}: {
  readonly imports: Pick<Imports, 'take'>;
  /** Holds the archive for as long as it is read; must exist. */
  readonly workDir: string;
  readonly maxBytes?: number;
}): Endpoint {
  return defineEndpoint({
    method: 'post',
    path: '/app/imports',
    operationId: 'importExport',
    summary: 'Take an export in, of this installation or of another',
    description:
      'The body is the archive itself, as `application/x-tar`, at most 2 GiB. All of it comes in, or nothing does; a second import of the same archive changes nothing.',
    tag: 'Your data',
    access: 'session',
    stepUp: true,
    limit: 'generate',
    idempotent: false,
    timeoutMs: TIMEOUT_MS,
    answers: { 201: { description: 'What came in.', body: shownImport } },
    async handle({ caller, header, stream, signal }) {
      if (stream === null || header('content-type') !== ARCHIVE_TYPE) throw new NoArchive();
      await using received = await receiveArchive(stream, { workDir, maxBytes, signal });
      const { rows, files } = await imports.take(caller.accountId, received.file, signal);
      return { status: 201, body: { rows, files } };
    },
  });
}

class NoArchive extends Problem {
  constructor() {
    super({
      kind: 'invalid',
      code: 'unsupported_media_type',
      status: 415,
      message: `The body is not declared as ${ARCHIVE_TYPE}.`,
      action: `Send the archive with \`Content-Type: ${ARCHIVE_TYPE}\`.`,
    });
  }
}
