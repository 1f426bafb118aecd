import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate for a name that nobody vouches for, and its key, as files of a folder. */
export async function makeCertificate(folder: string, name: string) {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const how = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1';
  await promisify(execFile)('openssl', [
    ...['req', ...how.split(' '), '-subj', `/CN=${name}`],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return { keyFile, certFile };
}
