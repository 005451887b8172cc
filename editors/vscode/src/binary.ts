// Finds the server: the one that the user names, else the one in this extension, else the one on the path.
//
// What is named and does not work is an error and never a reason to take another one: a user who named a program
// wants that one.
import { execFile, type ExecFileException } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export interface Place {
  readonly file: string;
  readonly origin: 'settings' | 'bundled' | 'path';
}

export type Probe =
  | { readonly kind: 'ready'; readonly place: Place; readonly version: string }
  | { readonly kind: 'missing'; readonly place: Place | undefined }
  | { readonly kind: 'broken'; readonly place: Place; readonly why: string }
  | { readonly kind: 'old'; readonly place: Place; readonly version: string };

/** The oldest server that this extension can work with. */
export const OLDEST = '0.1.0';

/** How long `obelus --version` may take: a machine under load is slow, a program that waits for input hangs. */
const PATIENCE_MS = 10_000;

export interface Surroundings {
  readonly configured: string;
  readonly extensionDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  exists(file: string): boolean;
}

export function surroundings(configured: string, extensionDir: string): Surroundings {
  const exists = (file: string): boolean => fs.existsSync(file);
  return { configured, extensionDir, env: process.env, platform: process.platform, exists };
}

/** Where the server is, or `undefined` where there is none. */
export function locate(around: Surroundings): Place | undefined {
  const name = around.platform === 'win32' ? 'obelus.exe' : 'obelus';
  const configured = around.configured.trim();
  if (configured) return { file: home(configured, around.env), origin: 'settings' };
  const bundled = path.join(around.extensionDir, 'server', name);
  if (around.exists(bundled)) return { file: bundled, origin: 'bundled' };
  const separator = around.platform === 'win32' ? ';' : ':';
  // An empty or relative entry of the path means the folder that happens to be current: never run something from there.
  const folders = (around.env['PATH'] ?? '').split(separator).filter((folder) => path.isAbsolute(folder));
  // Where `cargo install` puts it; an editor started from the desktop often has a shorter path than a terminal.
  folders.push(home('~/.cargo/bin', around.env));
  for (const folder of folders) {
    const file = path.join(folder, name);
    if (around.exists(file)) return { file, origin: 'path' };
  }
  return undefined;
}

function home(file: string, env: Surroundings['env']): string {
  if (file !== '~' && !file.startsWith('~/')) return file;
  return path.join(env['HOME'] ?? os.homedir(), file.slice(1));
}

/** Asks the program for its version. */
export async function probe(place: Place | undefined): Promise<Probe> {
  if (!place) return { kind: 'missing', place };
  const answer = await new Promise<{ error: ExecFileException | null; text: string }>((done) => {
    const options = { timeout: PATIENCE_MS, windowsHide: true, encoding: 'utf8' } as const;
    execFile(place.file, ['--version'], options, (error, stdout) => done({ error, text: stdout }));
  });
  if (answer.error?.code === 'ENOENT') return { kind: 'missing', place };
  if (answer.error) return { kind: 'broken', place, why: answer.error.message.trim() };
  return judge(place, answer.text);
}

export function judge(place: Place, text: string): Probe {
  const version = /^obelus (\d+\.\d+\.\d+\S*)/.exec(text)?.[1];
  if (!version) return { kind: 'broken', place, why: `it does not say that it is Obelus: ${text.trim().slice(0, 80)}` };
  return { kind: isOlder(version, OLDEST) ? 'old' : 'ready', place, version };
}

function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): number[] => text.split('-')[0]!.split('.').map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  for (let at = 0; at < 3; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
