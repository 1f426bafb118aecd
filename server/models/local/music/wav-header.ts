import { AUDIO_RATE_HZ } from '../../../media/formats.ts';

const BYTES_PER_FRAME = 4;

/** The 44 bytes before 16-bit stereo PCM at 48 kHz (RIFF WAVE, format tag 1). */
export function wavHeader(frames: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + frames * BYTES_PER_FRAME, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(AUDIO_RATE_HZ, 24);
  header.writeUInt32LE(AUDIO_RATE_HZ * BYTES_PER_FRAME, 28);
  header.writeUInt16LE(BYTES_PER_FRAME, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(frames * BYTES_PER_FRAME, 40);
  return header;
}
