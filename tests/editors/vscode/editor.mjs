// A real VS Code: its own server from npm, its workbench in a headless Chromium, driven as a person would.
//
// Nothing here waits for a time. Every step waits for a condition, and keys that the workbench may lose while it is
// still settling are pressed again until they show.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { format } from 'node:util';
import { after, before, test } from 'node:test';

const { EXTENSION, VSCODE, CHROMIUM, OBELUS, OUT } = process.env;
export const { chromium } = createRequire(path.join(EXTENSION, 'package.json'))('playwright-core');
const MAIN = path.join(VSCODE, 'node_modules/code-server/lib/vscode/out/server-main.js');

/** How long anything may take: the machine may be building something else meanwhile. */
export const PATIENCE = 45_000;

/**
 * What VS Code 1.139 itself stumbles over now and then while it draws on a busy machine. An extension has no code in the
 * page: what one could cause there has another text.
 */
const OF_VS_CODE = /^Cannot read properties of null \(reading 'classList'\)/;

/** What takes the network away from a command, where the system allows it. */
const OFFLINE = (process.env.OFFLINE ?? '').split(' ').filter(Boolean);

const USER_SETTINGS = {
  'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false, 'chat.disableAIFeatures': true, 'workbench.tips.enabled': false, 'files.autoSave': 'off',
  'git.autofetch': false, 'git.openRepositoryInParentFolders': 'never', 'workbench.enableExperiments': false,
  'window.commandCenter': false, 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'editor.minimap.enabled': false, 'security.workspace.trust.banner': 'never',
};

/** Ends a process, unless it has ended by itself. */
function kill(pid) {
  try {
    process.kill(pid);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** A folder of our own for each window: server data, home, repository, pictures. */
export function place(name) {
  const dir = path.join(OUT, name);
  fs.rmSync(dir, { recursive: true, force: true });
  for (const part of ['data/data/User', 'data/data/Machine', 'home', 'tmp']) fs.mkdirSync(path.join(dir, part), { recursive: true });
  return dir;
}

/** The repository that `obelus demo` makes: a realistic change with findings of several kinds. */
export function demo(dir) {
  const env = { ...process.env, TMPDIR: path.join(dir, 'tmp'), HOME: path.join(dir, 'home'), NO_COLOR: '1' };
  const text = execFileSync(OBELUS, ['demo', '--keep'], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  // A long path begins a line of its own.
  const made = /The repository is in\s+`([^`]+)`/.exec(text)[1];
  const workspace = path.join(dir, 'parcel');
  fs.renameSync(made, workspace);
  return workspace;
}

/**
 * One person's session as a chain of steps: each goes on where the one before ended. After a failure the rest is skipped,
 * and the last screen and the output of the extension are kept.
 */
export function session(name, open, steps) {
  const at = { dir: undefined, editor: undefined, window: undefined };
  let failed = false;
  before(async () => {
    at.dir = place(name);
    await open(at);
  });
  after(() => at.editor?.stop());
  for (const [title, step] of Object.entries(steps)) {
    test(`${name}: ${title}`, async (context) => {
      if (failed) return context.skip('an earlier step failed');
      try {
        await step(at);
      } catch (error) {
        failed = true;
        await at.window?.picture(`failed-${name}`).catch(() => undefined);
        throw error;
      }
    });
  }
}

/** Polls until `condition` gives something; `what` is said when it does not. */
export async function until(what, condition, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  do {
    last = await condition();
    if (last) return last;
    await new Promise((next) => setTimeout(next, 50));
  } while (Date.now() < end);
  throw new Error(`waited in vain: ${what}`);
}

function write(file, value) {
  fs.writeFileSync(file, JSON.stringify(value, null, 2));
}

export class Editor {
  /** Starts VS Code's server with the extension (a VSIX) installed. */
  static async start(dir, { machine = {}, user = {}, vsix, flags = ['--disable-workspace-trust'], env = {} } = {}) {
    const data = path.join(dir, 'data');
    write(path.join(data, 'data/User/settings.json'), { ...USER_SETTINGS, ...user });
    write(path.join(data, 'data/Machine/settings.json'), { 'obelus.server.path': OBELUS, ...machine });
    const state = { XDG_CACHE_HOME: path.join(dir, 'home/cache'), XDG_STATE_HOME: path.join(dir, 'home/state'), XDG_CONFIG_HOME: path.join(dir, 'home/config') };
    const all = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}', HOME: path.join(dir, 'home'), ...state, ...env };
    for (const secret of ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY']) delete all[secret];
    const common = ['--accept-server-license-terms', '--server-data-dir', data];
    if (vsix) {
      const [program, ...args] = [...OFFLINE, process.execPath, MAIN, ...common, '--install-extension', vsix];
      execFileSync(program, args, { env: all, stdio: 'pipe' });
    }
    const log = fs.openSync(path.join(dir, 'server.log'), 'w');
    const child = spawn(process.execPath, [MAIN, '--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--telemetry-level', 'off', ...common, ...flags],
      { env: all, stdio: ['ignore', 'pipe', log] });
    let text = '';
    child.stdout.on('data', (part) => { text += part; fs.writeSync(log, part); });
    const port = await until('VS Code\'s server listens', () => /Extension host agent listening on (\d+)/.exec(text)?.[1]);
    return new Editor(dir, child, `http://127.0.0.1:${port}`);
  }

  constructor(dir, child, address) {
    Object.assign(this, { dir, child, address });
  }

  /** Changes the machine's settings while all is running. */
  machine(settings) {
    write(path.join(this.dir, 'data/data/Machine/settings.json'), settings);
  }

  /** A window on a folder (or on none). */
  async open(folder) {
    for (let attempt = 1; ; attempt++) {
      const before = this.hosts();
      const window = await this.#open(folder);
      if (!folder) return window;
      // The entry of the status bar appears as soon as the extension runs; before that VS Code is still starting.
      await window.status().waitFor();
      window.running = Date.now();
      const own = this.hosts().filter((pid) => !before.includes(pid));
      if (own.length === 1) return window;
      // VS Code itself sometimes starts two extension hosts for a window on a busy machine: everything is there twice.
      if (attempt === 3) throw new Error(`VS Code started ${own.length} extension hosts for one window`);
      await window.page.context().close();
      for (const pid of own) kill(pid);
      await until('they have ended', () => this.servers().length === 0);
    }
  }

  async #open(folder, more = '', prepare = async () => undefined) {
    this.browser ??= await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    const context = await this.browser.newContext({ viewport: { width: 1200, height: 760 }, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const window = new Window(this, page);
    page.on('pageerror', (error) => {
      if (OF_VS_CODE.test(error.message)) console.log(`VS Code: ${error.stack}`);
      else window.errors.push(error.stack);
    });
    await prepare(page);
    window.opened = Date.now();
    await page.goto(`${this.address}/?${folder ? `folder=${folder}` : 'ew=true'}${more && `&${more}`}`, { waitUntil: 'domcontentloaded' });
    await page.waitForSelector('.monaco-workbench');
    await page.waitForSelector('.statusbar-item');
    window.up = Date.now();
    return window;
  }

  /** Runs a suite inside the extension host of a window on `folder`; gives its exit code. */
  async runTests(folder, extension, suite, say) {
    const remote = (file) => `vscode-remote://${new URL(this.address).host}${file}`;
    const payload = [['extensionDevelopmentPath', remote(extension)], ['extensionTestsPath', remote(suite)], ['skipWelcome', 'true']];
    let end;
    const code = new Promise((done) => { end = done; });
    const prepare = async (page) => {
      await page.exposeFunction('codeAutomationLog', (_, given) => say(format(...given)));
      await page.exposeFunction('codeAutomationExit', (status) => end(status));
    };
    const window = await this.#open(folder, `payload=${encodeURIComponent(JSON.stringify(payload))}`, prepare);
    const late = new Promise((_, fail) => setTimeout(fail, 4 * PATIENCE, new Error('the suite did not end')).unref());
    try {
      return await Promise.race([code, late]);
    } catch (error) {
      await window.picture('failed-host');
      throw error;
    }
  }

  /** The extension hosts that VS Code's server has started so far. */
  hosts() {
    const log = fs.readFileSync(path.join(this.dir, 'server.log'), 'utf8');
    return [...log.matchAll(/<(\d+)> Launched Extension Host Process/g)].map((match) => Number(match[1]));
  }

  async stop() {
    await this.browser?.close();
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill();
    await ended;
  }

  /** The processes of our server below this VS Code. */
  servers() {
    const rows = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).trim().split('\n').slice(1)
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).map(([, pid, parent, args]) => ({ pid: +pid, parent: +parent, args }));
    const below = new Set([this.child.pid]);
    for (let grown = true; grown;) {
      grown = false;
      for (const row of rows) if (below.has(row.parent) && !below.has(row.pid)) { below.add(row.pid); grown = true; }
    }
    return rows.filter((row) => below.has(row.pid) && row.args.startsWith(`${OBELUS} lsp`)).map((row) => row.pid);
  }
}

export class Window {
  constructor(editor, page) {
    Object.assign(this, { editor, page, errors: [] });
  }

  async picture(name) {
    fs.mkdirSync(path.join(OUT, 'pictures'), { recursive: true });
    await this.page.screenshot({ path: path.join(OUT, 'pictures', `${name}.png`) });
  }

  /** Runs a command as a person does: through the palette. */
  async command(title) {
    const input = this.page.locator('.quick-input-widget input.input').first();
    await until(`the palette offers "${title}"`, async () => {
      if (!(await input.isVisible())) await this.page.keyboard.press('F1');
      if (!(await input.waitFor({ timeout: 2000 }).then(() => true, () => false))) return false;
      // While it fades out it is there and takes nothing.
      if (!(await input.fill(`>${title}`, { timeout: 2000 }).then(() => true, () => false))) return false;
      const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
      if (!(await row.waitFor({ timeout: 3000 }).then(() => true, () => false))) return false;
      return row.click({ timeout: 3000 }).then(() => true, () => false);
    });
  }

  /** Opens a file by name. */
  async file(name) {
    const tab = this.page.locator('.tabs-container .tab', { hasText: path.basename(name) });
    const input = this.page.locator('.quick-input-widget input.input').first();
    await until(`${name} is open`, async () => {
      if (!(await input.isVisible())) await this.page.keyboard.press('Control+P');
      if (!(await input.waitFor({ timeout: 2000 }).then(() => true, () => false))) return false;
      if (!(await input.fill(name, { timeout: 2000 }).then(() => true, () => false))) return false;
      const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(name) }).first();
      if (!(await row.waitFor({ timeout: 3000 }).then(() => true, () => false))) return false;
      await this.page.keyboard.press('Enter');
      return tab.first().waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    await this.page.waitForSelector('.editor-instance .view-line');
  }

  /** The Obelus view's rows, as a screen reader names them. */
  rows(view = 'Findings') {
    return this.page.locator(`.pane:has(.pane-header[aria-label^="${view}"]) .monaco-list-row`).evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')));
  }

  /** The rows once they have been the same for a while: what comes and goes in between is not an answer. */
  async settled(wanted = () => true) {
    let last, since;
    return until('the view has settled', async () => {
      const rows = (await this.rows()).sort();
      const text = JSON.stringify(rows);
      if (text !== last || !wanted(rows)) [last, since] = [text, Date.now()];
      return Date.now() - since > 1500 && rows;
    }).catch((error) => { throw new Error(`${error.message}; last seen:\n${last}`); });
  }

  /** A row of the Obelus view. */
  row(text, view = 'Findings') {
    return this.page.locator(`.pane:has(.pane-header[aria-label^="${view}"]) .monaco-list-row`, { hasText: text }).first();
  }

  /** Brings the Obelus view to the front. */
  async view() {
    const title = this.page.locator('.sidebar .composite.title h2', { hasText: /^Obelus/ });
    if (await title.isVisible()) return;
    await this.page.locator('.activitybar .action-item:has(.action-label[aria-label^="Obelus"])').first().click();
    await title.waitFor();
  }

  status() {
    return this.page.locator('.statusbar-item[id$="obelus.status"]').first();
  }

  squiggles() {
    return this.page.locator('.squiggly-error, .squiggly-warning, .squiggly-info').count();
  }
}
