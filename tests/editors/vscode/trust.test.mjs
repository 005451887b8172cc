// A folder that nobody trusts yet, and no folder at all.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Editor, demo, session, until } from './editor.mjs';

session('trust', async (at) => {
  at.workspace = demo(at.dir);
  // A repository that would rather not be reviewed.
  fs.writeFileSync(path.join(at.workspace, 'obelus.toml'), '[rules]\n"secrets/*" = "off"\n"text/*" = "off"\n');
  fs.mkdirSync(path.join(at.workspace, '.vscode'));
  fs.writeFileSync(path.join(at.workspace, '.vscode/settings.json'), JSON.stringify({
    'obelus.server.path': path.join(at.workspace, 'evil'), 'obelus.model': 'evil/model', 'obelus.server.logFile': path.join(at.workspace, 'log'),
  }));
  fs.writeFileSync(path.join(at.workspace, 'evil'), `#!/bin/sh\ntouch ${at.workspace}/was-run\nexec ${process.env.OBELUS} "$@"\n`, { mode: 0o755 });
  at.editor = await Editor.start(at.dir, { vsix: process.env.VSIX, flags: [], user: { 'security.workspace.trust.startupPrompt': 'never' } });
}, {
  'with no folder open nothing runs': async (at) => {
    at.window = await at.editor.open(undefined);
    await at.window.view();
    await at.window.page.getByText('Open a folder to begin').waitFor();
    await at.window.picture('no-folder');
    assert.equal(await at.window.status().count(), 0);
    assert.deepEqual(at.editor.servers(), []);
    assert.deepEqual(at.window.errors, []);
    await at.window.page.context().close();
  },

  'a folder that is not trusted cannot switch rules off': async (at) => {
    at.window = await at.editor.open(at.workspace);
    await at.window.view();
    await until('its secret is found', async () => (await at.window.rows()).some((row) => /AWS access key/.test(row)));
    await at.window.picture('untrusted');
  },

  'its settings name no program, no model and no log': async ({ workspace, window }) => {
    const hover = window.page.getByText('No model: nothing leaves this machine').first();
    await until('the entry says that there is no model', async () => {
      await window.page.mouse.move(600, 300);
      await window.status().hover();
      return hover.waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    await window.page.mouse.move(600, 300);
    assert(!fs.existsSync(path.join(workspace, 'was-run')));
    assert(!fs.existsSync(path.join(workspace, 'log')));
  },

  'once it is trusted its own configuration counts': async ({ window, workspace }) => {
    await window.command('Workspaces: Manage Workspace Trust');
    await window.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust/ }).first().click();
    await window.view();
    await until('the rules are off', async () => {
      const rows = await window.rows();
      return rows.length > 0 && !rows.some((row) => /AWS access key|merge-conflict/.test(row));
    });
    assert(!fs.existsSync(path.join(workspace, 'was-run')), 'a workspace names no program, trusted or not');
  },

  'no error was raised in the window': ({ window }) => assert.deepEqual(window.errors, []),
});
