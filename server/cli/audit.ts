import { z } from 'zod';
import type { Audit, Verification } from '../audit/audit.ts';
import { openClipt } from '../main.ts';
import type { Config } from '../platform/config.ts';
import { EXIT } from './exit.ts';

const optionsSchema = z.object({ json: z.boolean().default(false) });

/** `clipt audit verify|anchor`: checks the audit chain (exit status 1 when it is broken), or anchors it now. */
export async function auditCommand(
  action: 'verify' | 'anchor',
  rawOptions: unknown,
  config: Config,
): Promise<void> {
  const { json } = optionsSchema.parse(rawOptions);
  await using clipt = await openClipt(config);
  await (action === 'verify' ? verify(clipt.audit, json) : anchor(clipt.audit, json));
}

async function verify(audit: Audit, json: boolean): Promise<void> {
  const found = await audit.verify();
  print(json ? JSON.stringify(present(found)) : describe(found));
  if (found.fault) process.exitCode = EXIT.failed;
}

function present({ fault, rows, checkpointSeq, lastSeq, anchors, newestAnchor }: Verification) {
  return {
    ok: fault === null,
    rows,
    checkpoint_seq: checkpointSeq,
    last_seq: lastSeq,
    anchors,
    anchored_seq: newestAnchor?.seq ?? null,
    fault: fault && {
      kind: fault.kind,
      seq: fault.seq,
      last_seq: fault.lastSeq,
      message: fault.sentence,
    },
  };
}

function describe({ fault, rows, lastSeq, newestAnchor }: Verification): string {
  if (fault) return `Broken. ${fault.sentence}`;
  if (lastSeq === 0) return 'Nothing is on record yet.';
  const anchored = newestAnchor
    ? `as anchored up to row ${newestAnchor.seq}`
    : 'not anchored yet (./clipt audit anchor)';
  return `Unbroken: ${rows} rows up to row ${lastSeq}, ${anchored}.`;
}

async function anchor(audit: Audit, json: boolean): Promise<void> {
  const made = await audit.anchor();
  if (json) return print(JSON.stringify(made));
  print(made ? `Row ${made.seq}: ${made.hash}` : 'Nothing is on record yet.');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
