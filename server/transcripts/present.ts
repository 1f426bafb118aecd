import type { z } from 'zod';
import type { FileName, shownTranscript } from './contract.ts';
import type { TranscriptRow } from './schema.ts';

export function presentTranscript(row: TranscriptRow): z.infer<typeof shownTranscript> {
  const { id, files } = row;
  const link = (name: FileName) => `/v1/transcripts/${id}/files/${name}`;
  return {
    id,
    status: row.status,
    waiting_for: row.waitingFor,
    upload_id: row.uploadId,
    style: row.style,
    language: row.language,
    burn: row.burn,
    text: row.script ?? row.heard?.text ?? null,
    files: files && {
      srt: link('srt'),
      vtt: link('vtt'),
      words: link('words'),
      mp4: files.mp4 && link('mp4'),
    },
    error: row.error,
    created_at: row.createdAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
  };
}
