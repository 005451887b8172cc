// Bundles the extension. Two files on purpose: `extension.js` is a few kilobytes and decides whether there is anything
// to do; `session.js` holds the language client and is read only where a folder is open.
import { build } from 'esbuild';

const production = !process.argv.includes('--dev');
const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', './session.js'],
  minify: production,
  sourcemap: production ? false : 'inline',
  logLevel: 'warning',
};
await build({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' });
await build({ ...common, entryPoints: ['src/session.ts'], outfile: 'dist/session.js' });
await build({ ...common, platform: 'browser', target: 'es2022', entryPoints: ['src/web.ts'], outfile: 'dist/web.js' });
