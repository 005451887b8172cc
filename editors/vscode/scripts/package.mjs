// Makes the VSIX. `npm run package -- --binary FILE [--target linux-x64]` puts the server into it; without a binary it
// holds the extension alone and looks for `obelus` on the machine. Works offline.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const option = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const binary = option('binary');
const target = option('target') ?? (binary ? `${process.platform}-${process.arch}` : undefined);
const out = path.resolve(option('out') ?? path.join(root, `obelus${target ? `-${target}` : ''}.vsix`));

fs.rmSync(path.join(root, 'server'), { recursive: true, force: true });
if (binary) {
  const name = target.startsWith('win32') ? 'obelus.exe' : 'obelus';
  fs.mkdirSync(path.join(root, 'server'));
  fs.copyFileSync(binary, path.join(root, 'server', name));
  fs.chmodSync(path.join(root, 'server', name), 0o755);
}
for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE']) fs.copyFileSync(path.join(root, '../..', licence), path.join(root, licence));
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
node('scripts/build.mjs');
const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
node(vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--skip-license', '-o', out, ...(target ? ['--target', target] : []));
fs.rmSync(path.join(root, 'server'), { recursive: true, force: true });
