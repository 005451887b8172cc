// What the TypeScript compiler says of calls and definitions: the oracle that `resolve-eval` is held against.
//
//   npm install typescript@5        (anywhere; NODE_PATH names the folder)
//   node resolution_oracle.js CLONE [FOLDERS] [COMMITS] > oracle.json
//
// CLONE is a git clone with a tsconfig.json at its top; FOLDERS (comma separated, default `packages`) are what is read.
// `callers`: functions, methods and classes that the last COMMITS commits (default 400) touched, thinned evenly, each with
// the places where it is called or constructed (the language service's findReferences, which counts a call through an
// interface or a base class as a call of what implements it) and those that the checker resolves to it alone (`direct`).
// findReferences also lists calls of what implements the same interface beside it; those are marked `sibling`.
// `definitions`: names in those declarations, with where the checker says they are defined, if that is another file here.
// Places are byte offsets, and lines for tools that know no more.
'use strict';
const ts = require('typescript');
const path = require('path');
const fs = require('fs');
const { execFileSync } = require('child_process');

const root = path.resolve(process.argv[2]);
const folders = (process.argv[3] || 'packages').split(',');
const commits = Number(process.argv[4] || 400);
const MOST = { function: 200, method: 300, class: 80 };
const MOST_USES = 1500;

const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config;
config.include = folders;
const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
const names = parsed.fileNames.filter(name => !name.includes('/node_modules/'));
const host = {
  getScriptFileNames: () => names,
  getScriptVersion: () => '1',
  getScriptSnapshot: name => fs.existsSync(name) ? ts.ScriptSnapshot.fromString(fs.readFileSync(name, 'utf8')) : undefined,
  getCurrentDirectory: () => root,
  getCompilationSettings: () => parsed.options,
  getDefaultLibFileName: options => ts.getDefaultLibFilePath(options),
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
};
const service = ts.createLanguageService(host);
const program = service.getProgram();
const checker = program.getTypeChecker();
const own = new Set(names);
const relative = name => path.relative(root, name).split(path.sep).join('/');

// Byte offsets of UTF-16 positions.
const tables = new Map();
function byte(file, at) {
  let table = tables.get(file.fileName);
  if (table === undefined) {
    const bytes = Buffer.byteLength(file.text);
    table = null;
    if (bytes !== file.text.length) {
      table = new Uint32Array(file.text.length + 1);
      for (let i = 0, b = 0; i < file.text.length; i++) {
        table[i] = b;
        const c = file.text.charCodeAt(i);
        b += c < 0x80 ? 1 : c < 0x800 ? 2 : c >= 0xd800 && c < 0xe000 ? 2 : 3;
        table[i + 1] = b;
      }
    }
    tables.set(file.fileName, table);
  }
  return table ? table[at] : at;
}

// Lines that the last commits wrote.
function touched() {
  const diff = execFileSync('git', ['-C', root, 'diff', '-U0', '--no-renames', `HEAD~${commits}`, 'HEAD', '--', ...folders],
      { maxBuffer: 1 << 30, encoding: 'utf8' });
  const lines = new Map();
  let file;
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ '))
      file = line.slice(6);
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk && file) {
      const list = lines.get(file) || [];
      list.push([Number(hunk[1]), Number(hunk[1]) + Number(hunk[2] ?? 1)]);
      lines.set(file, list);
    }
  }
  return lines;
}

function kindOf(node) {
  if (ts.isFunctionDeclaration(node) && node.body && node.name)
    return 'function';
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer
      && (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer)))
    return 'function';
  if (ts.isMethodDeclaration(node) && node.body && ts.isClassLike(node.parent) && (ts.isIdentifier(node.name) || ts.isPrivateIdentifier(node.name)))
    return 'method';
  if (ts.isClassDeclaration(node) && node.name)
    return 'class';
}

const lines = touched();
const found = { function: [], method: [], class: [] };
for (const name of names) {
  const ranges = lines.get(relative(name));
  if (!ranges || name.endsWith('.d.ts'))
    continue;
  const file = program.getSourceFile(name);
  const visit = node => {
    const kind = kindOf(node);
    if (kind) {
      const first = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const last = file.getLineAndCharacterOfPosition(node.end).line + 1;
      if (ranges.some(([from, to]) => from <= last && to >= first))
        found[kind].push({ file, node });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}

const thin = (list, most) => list.filter((_, i) => Math.floor(i * most / list.length) !== Math.floor((i - 1) * most / list.length) || list.length <= most);
const place = (file, at) => ({ path: relative(file.fileName), start: byte(file, at), line: file.getLineAndCharacterOfPosition(at).line + 1 });

// The node that a reference stands for: the called or constructed expression's last name.
function callAt(file, at) {
  let node = file;
  for (;;) {
    const next = ts.forEachChild(node, child => child.pos <= at && at < child.end ? child : undefined);
    if (!next)
      break;
    node = next;
  }
  const name = node;
  let callee = node;
  if (ts.isPropertyAccessExpression(callee.parent) && callee.parent.name === callee)
    callee = callee.parent;
  while (ts.isNonNullExpression(callee.parent) || ts.isParenthesizedExpression(callee.parent))
    callee = callee.parent;
  const parent = callee.parent;
  if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === callee)
    return { name, kind: ts.isNewExpression(parent) ? 'new' : 'call' };
  if ((ts.isJsxOpeningElement(parent) || ts.isJsxSelfClosingElement(parent)) && parent.tagName === callee)
    return { name, kind: 'jsx' };
}

function original(symbol) {
  while (symbol && symbol.flags & ts.SymbolFlags.Alias)
    symbol = checker.getAliasedSymbol(symbol);
  return symbol;
}

// A type and all that it is made from, as declarations.
function lineage(declaration) {
  const found = new Set();
  const left = [declaration];
  while (left.length) {
    const one = left.pop();
    if (!one || found.has(one))
      continue;
    found.add(one);
    for (const clause of one.heritageClauses || []) {
      for (const type of clause.types) {
        const symbol = original(checker.getSymbolAtLocation(type.expression));
        for (const base of (symbol && symbol.declarations) || [])
          left.push(base);
      }
    }
  }
  return found;
}

// Neither stands above the other: they only share an ancestor.
function isSibling(method, symbol) {
  const own = lineage(method.parent);
  return (symbol.declarations || []).every(other => other.parent && other.parent.heritageClauses !== undefined
    ? !own.has(other.parent) && !lineage(other.parent).has(method.parent) : !own.has(other.parent));
}

const callers = [];
for (const kind of Object.keys(found)) {
  for (const { file, node } of thin(found[kind], MOST[kind])) {
    const at = node.name.getStart();
    const sites = new Map();
    for (const group of service.findReferences(file.fileName, at) || []) {
      for (const reference of group.references) {
        if (!own.has(reference.fileName))
          continue;
        const there = program.getSourceFile(reference.fileName);
        const call = callAt(there, reference.textSpan.start);
        if (!call || (kind === 'class') !== (call.kind === 'new'))
          continue;
        // An alias's own mention, `import { a as b }; b()`, is a mention of it.
        const symbol = original(checker.getSymbolAtLocation(call.name));
        const direct = !!symbol && (symbol.declarations || []).includes(node);
        const sibling = !direct && kind === 'method' && !!symbol && isSibling(node, symbol);
        const one = place(there, reference.textSpan.start);
        sites.set(`${one.path}:${one.start}`, { ...one, kind: call.kind, direct, sibling });
      }
    }
    callers.push({ ...place(file, at), name: node.name.text, kind, sites: [...sites.values()] });
  }
}

// Where the names in what was touched are defined.
let uses = [];
const taken = new Set();
for (const kind of ['function', 'method']) {
  for (const { file, node } of found[kind]) {
    const visit = inner => {
      if ((ts.isIdentifier(inner) || ts.isPrivateIdentifier(inner)) && inner !== node.name) {
        const at = inner.getStart();
        const key = `${file.fileName}:${at}`;
        const declares = inner.parent.name === inner && !ts.isPropertyAccessExpression(inner.parent);
        const isKey = ts.isPropertyAssignment(inner.parent) && inner.parent.name === inner || ts.isBindingElement(inner.parent);
        // `</Chip>` names nothing a second time.
        const closes = ts.isJsxClosingElement(inner.parent);
        if (!taken.has(key) && !declares && !isKey && !closes) {
          taken.add(key);
          const symbol = original(checker.getSymbolAtLocation(inner));
          const declarations = (symbol && symbol.declarations) || [];
          const here = declarations.filter(one => own.has(one.getSourceFile().fileName) && one.name);
          if (here.length && here.length === declarations.length && here.every(one => one.getSourceFile() !== file)) {
            const flags = symbol.flags;
            const target = flags & ts.SymbolFlags.Function ? 'function'
              : flags & ts.SymbolFlags.Class ? 'class'
              : flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Enum) ? 'type'
              : flags & ts.SymbolFlags.Method ? 'method'
              : flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Accessor | ts.SymbolFlags.EnumMember) ? 'property'
              : flags & ts.SymbolFlags.Variable ? 'variable' : 'other';
            const call = callAt(file, at);
            uses.push({ ...place(file, at), name: inner.text, kind: call ? call.kind : 'use', target,
              targets: here.map(one => place(one.getSourceFile(), one.name.getStart())) });
          }
        }
      }
      ts.forEachChild(inner, visit);
    };
    visit(node);
  }
}
uses = thin(uses, MOST_USES);
process.stdout.write(JSON.stringify({ files: names.map(relative), callers, definitions: uses }));
process.stderr.write(`${names.length} files, ${callers.length} callers (${Object.values(found).map(l => l.length)} found), ${uses.length} uses\n`);
