// Writes the settings into package.json, package.nls.json and src/settings-list.ts, from the schema of obelus.toml.
// `--check` writes nothing and fails where they are out of step. What the editor alone needs stands in OWN.
import fs from 'node:fs';

const root = new URL('..', import.meta.url);
const read = (name) => JSON.parse(fs.readFileSync(new URL(name, root), 'utf8'));
const schema = read('../../docs/obelus.schema.json');

/** Keys of `obelus.toml` that mean nothing in an editor. */
const ELSEWHERE = new Map([['fail_on', 'it sets the exit status of the command line']]);

/** What the editor needs besides. Paths, models and keys are the machine's: a repository cannot set them. */
const OWN = {
  'obelus.server.path': {
    type: 'string', default: '', scope: 'machine',
    text: 'The Obelus program to start. Empty: the one that came with this extension, else `obelus` on the `PATH`.',
  },
  'obelus.server.logFile': {
    type: 'string', default: '', scope: 'machine',
    text: 'Write the server\'s log to this file instead of the output channel. For reports about faults.',
  },
  'obelus.model': {
    type: 'string', default: '', scope: 'machine',
    text: 'The language model that takes part in reviews on request, as `PROVIDER/model`; `none` for none. Empty: as your own `config.toml` says, and without one no model is asked. You are asked before anything is sent.',
  },
  'obelus.reviewOnOpen': {
    type: 'boolean', default: true, scope: 'window',
    text: 'Review the uncommitted change when a folder is opened: built-in checks only, nothing leaves this machine.',
  },
  'obelus.modelReview': {
    type: 'string', enum: ['onDemand', 'onSave', 'onCommit', 'whenIdle'], default: 'onDemand', scope: 'machine', sent: true,
    enumText: ['Only when you ask for a review.', 'When a file is saved.', 'When a commit was made.', 'When nobody has typed for a while.'],
    text: 'When the model takes part without being told to, within your budget. Without a model this means nothing.',
  },
  'obelus.codeLens': {
    type: 'boolean', default: false, scope: 'window', sent: true,
    text: 'Show at the top of a file what the checks say of it, and above functions how often they are called and whether a test is among the callers.',
  },
  'obelus.threads.minSeverity': {
    type: 'string', enum: ['off', 'error', 'warning', 'info', 'hint'], default: 'warning', scope: 'window',
    enumText: ['No comment threads.', 'Errors only.', 'Warnings and worse.', 'All but hints.', 'All findings.'],
    text: 'Findings from this severity on also get a comment thread beside the code, folded until you open it.',
  },
  'obelus.view.groupBy': {
    type: 'string', enum: ['file', 'severity', 'rule'], default: 'file', scope: 'window',
    enumText: ['By file.', 'By severity.', 'By rule.'],
    text: 'How the findings are grouped in the Obelus view.',
  },
  'obelus.trace.server': {
    type: 'string', enum: ['off', 'messages', 'verbose'], default: 'off', scope: 'window',
    enumText: ['No trace.', 'Names of messages.', 'Whole messages, with the code in them.'],
    text: 'Write the messages between the editor and the server to the output channel.',
  },
};

const camel = (key) => key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const oneLine = (text) => text.replace(/\s*\n\s*/g, ' ').trim();
const alternatives = (node) => (node.anyOf ?? [node]).filter((part) => part.type !== 'null');

/** One setting of VS Code from one property of the schema. */
function setting(node) {
  const kind = alternatives(node).find((part) => part.oneOf || part.type) ?? node;
  if (kind.oneOf) {
    return {
      type: ['string', 'null'], default: null,
      enum: [...kind.oneOf.map((one) => one.const), null],
      enumText: [...kind.oneOf.map((one) => one.description), 'As obelus.toml and your own configuration say.'],
    };
  }
  const type = [kind.type].flat().find((name) => name !== 'null');
  const plain = JSON.parse(JSON.stringify(kind, (name, value) => (name === 'format' ? undefined : value)));
  delete plain.description;
  switch (type) {
    case 'boolean': return { type: 'boolean', default: true };
    case 'integer':
    case 'number': return { ...plain, type: [type, 'null'], default: null };
    case 'array': return { ...plain, type: 'array', default: [] };
    case 'object': return { ...plain, type: 'object', default: {} };
    default: throw new Error(`no setting for ${JSON.stringify(node)}`);
  }
}

const properties = {};
const list = [];
const texts = {};

function add(key, node, text) {
  const { enumText, text: own, sent, ...rest } = node;
  // Wishes about the server itself stand beside the keys of `obelus.toml`.
  const short = key.replace(/^obelus\./, '');
  if (sent) list.push({ key: short, path: [short] });
  const name = `settings.${short}`;
  texts[name] = oneLine(text ?? own);
  properties[key] = { ...rest, markdownDescription: `%${name}%` };
  if (enumText) {
    properties[key].markdownEnumDescriptions = enumText.map((line, at) => {
      texts[`${name}.${rest.enum[at] ?? 'unset'}`] = oneLine(line);
      return `%${name}.${rest.enum[at] ?? 'unset'}%`;
    });
  }
}

for (const [key, node] of Object.entries(OWN)) add(key, node);
for (const [key, node] of Object.entries(schema.properties)) {
  if (ELSEWHERE.has(key)) continue;
  const inner = alternatives(node).find((part) => part.properties && part.type !== 'array');
  if (inner?.properties) {
    for (const [name, part] of Object.entries(inner.properties)) {
      const id = `obelus.${camel(key)}.${camel(name)}`;
      const text = part.description + (part.type?.includes?.('boolean') ? ' On, unless your configuration says otherwise.' : '');
      add(id, { ...setting(part), scope: 'resource' }, text);
      list.push({ key: id.slice('obelus.'.length), path: [key, name] });
    }
  } else {
    const id = `obelus.${camel(key)}`;
    add(id, { ...setting(node), scope: 'resource' }, node.description);
    list.push({ key: id.slice('obelus.'.length), path: [key] });
  }
}

// What most people look for comes first.
const FIRST = ['profile', 'minSeverity', 'model', 'modelReview', 'rules', 'exclude', 'threads.minSeverity', 'view.groupBy', 'reviewOnOpen', 'codeLens', 'server.path'];
for (const [key, node] of Object.entries(properties)) {
  const at = FIRST.indexOf(key.replace(/^obelus\./, ''));
  node.order = at < 0 ? FIRST.length : at;
}

const manifest = read('package.json');
const settings = manifest.contributes.configuration;
settings.properties = properties;
const restricted = Object.keys(OWN).filter((key) => OWN[key].scope === 'machine');
manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = restricted;
const nls = Object.fromEntries(Object.entries(read('package.nls.json')).filter(([key]) => !key.startsWith('settings.')));
Object.assign(nls, texts);

const lines = list.map((entry) => `  { key: '${entry.key}', path: [${entry.path.map((part) => `'${part}'`).join(', ')}] },`);
const source = [
  '// Generated by `npm run settings` from docs/obelus.schema.json: the settings that are handed to the server, and where',
  '// they stand in `obelus.toml`.',
  'export const SETTINGS: readonly { readonly key: string; readonly path: readonly string[] }[] = [',
  ...lines, '];', '',
].join('\n');

const wanted = {
  'package.json': JSON.stringify(manifest, null, 2) + '\n',
  'package.nls.json': JSON.stringify(nls, null, 2) + '\n',
  'src/settings-list.ts': source,
};
let stale = false;
for (const [name, text] of Object.entries(wanted)) {
  const file = new URL(name, root);
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${name} is out of step with docs/obelus.schema.json: run \`npm run settings\` in editors/vscode`);
    stale = true;
  } else {
    fs.writeFileSync(file, text);
  }
}
process.exit(stale ? 1 : 0);
