/** The 44 bytes before so many bytes of 16-bit PCM samples (RIFF WAVE, format tag 1). */
export function wavHeader({
  rateHz,
  channels,
  dataBytes,
}: {
  readonly rateHz: number;
  readonly channels: number;
  readonly dataBytes: number;
}): Buffer {
  const bytesPerFrame = 2 * channels;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rateHz, 24);
  header.writeUInt32LE(rateHz * bytesPerFrame, 28);
  header.writeUInt16LE(bytesPerFrame, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
