// Runs inside VS Code's extension host, with the real `vscode` API. VS Code calls `run`.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const Mocha = require(path.join(process.env.EXTENSION, 'node_modules/mocha'));

async function until(what, condition) {
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    const value = await condition();
    if (value) return value;
    await new Promise((next) => setTimeout(next, 30));
  }
  throw new Error(`waited in vain: ${what}`);
}

const rejections = [];
process.on('unhandledRejection', (reason) => rejections.push(String(reason?.stack ?? reason)));

exports.run = () => new Promise((resolve, reject) => {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: 'spec' });
  mocha.suite.emit('pre-require', global, null, mocha);
  const folder = vscode.workspace.workspaceFolders[0].uri;
  const file = (name) => vscode.Uri.joinPath(folder, name);
  const ours = (uri) => vscode.languages.getDiagnostics(uri).filter((one) => one.source === 'obelus');
  const extension = vscode.extensions.getExtension('obelus.obelus');
  let session;
  /** What the extension writes into its log. */
  const said = [];

  describe(`the extension in VS Code ${vscode.version}`, () => {
    before(async () => {
      const api = await extension.activate();
      session = await api.session();
      const { log } = session.server;
      for (const level of ['info', 'warn', 'error']) {
        const write = log[level].bind(log);
        log[level] = (text, ...more) => { said.push(`${level}: ${text}`); write(text, ...more); };
      }
      await until('the server runs', () => session.server.life.kind === 'running');
      await until('the change is reviewed', () => session.findings.all().length >= 7);
    });

    it('finds what is not open, with ids and rules', () => {
      const all = session.findings.all();
      assert(all.every((finding) => /^[0-9a-f]{16}$/.test(finding.id)), JSON.stringify(all.map((finding) => finding.id)));
      assert(all.some((finding) => finding.rule === 'secrets/aws-access-key-id'));
    });

    it('has a handler for each command in its manifest', async () => {
      const known = new Set(await vscode.commands.getCommands(true));
      const missing = extension.packageJSON.contributes.commands.map((one) => one.command).filter((id) => !known.has(id));
      assert.deepEqual(missing, []);
    });

    it('never takes an id that the server has', async () => {
      const server = session.server;
      assert(server.can('obelus.review'));
      assert(extension.packageJSON.contributes.commands.every((one) => one.command.startsWith('obelus.ui.')));
    });

    it('marks what is typed and takes it back', async () => {
      const document = await vscode.workspace.openTextDocument(file('src/quotes.rs'));
      const editor = await vscode.window.showTextDocument(document);
      await until('the finding of the file', () => ours(document.uri).length === 1);
      await editor.edit((edit) => edit.insert(new vscode.Position(23, 0), '        dbg!(rates);\n'));
      await until('another one', () => ours(document.uri).some((one) => (one.code.value ?? one.code) === 'rust/dbg-left-in'));
      await vscode.commands.executeCommand('undo');
      await until('it goes with its text', () => ours(document.uri).length === 1);
    });

    it('applies a fix that is resolved late', async () => {
      const uri = file('src/quotes.rs');
      const [mark] = ours(uri);
      // VS Code throws the answers away when another extension registers its own actions meanwhile, as they do at the start.
      const offered = [];
      const fix = await until('its fix is offered', async () => {
        const actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, mark.range, 'quickfix', 5);
        offered.push(`${actions.length} at ${JSON.stringify(ours(uri).map((one) => one.range))}`);
        return actions.find((action) => action.isPreferred && action.edit);
      }).catch((error) => { throw new Error(`${error.message}: ${offered.slice(0, 5).join(', ')}`); });
      if (offered.length > 1) console.log(`asked ${offered.length} times: ${offered.join(', ')}\n${said.join('\n')}`);
      assert(await vscode.workspace.applyEdit(fix.edit));
      await until('the mark goes', () => ours(uri).length === 0);
      await vscode.commands.executeCommand('undo');
      await until('and comes back', () => ours(uri).length === 1);
    });

    it('fixes all on save where that is wanted', async () => {
      const config = vscode.workspace.getConfiguration('editor');
      await config.update('codeActionsOnSave', { 'source.fixAll.obelus': 'explicit' }, vscode.ConfigurationTarget.Workspace);
      const document = await vscode.workspace.openTextDocument(file('src/quotes.rs'));
      const editor = await vscode.window.showTextDocument(document);
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '\n'));
      await until('it is marked', () => ours(document.uri).length === 1);
      await document.save();
      assert.match(fs.readFileSync(document.uri.fsPath, 'utf8'), /let _guard = self\.writes/);
      await config.update('codeActionsOnSave', undefined, vscode.ConfigurationTarget.Workspace);
    });

    it('reviews what is selected', async () => {
      const { server } = session;
      const asked = [];
      server.execute = async (command, given, token) => {
        const answer = await Object.getPrototypeOf(server).execute.call(server, command, given, token);
        asked.push([command, given.scope, given.range.start.line, answer.change.files]);
        return answer;
      };
      try {
        const editor = await vscode.window.showTextDocument(file('src/quotes.rs'));
        editor.selection = new vscode.Selection(5, 0, 8, 1);
        await vscode.commands.executeCommand('obelus.ui.reviewSelection');
      } finally {
        delete server.execute;
      }
      assert.deepEqual(asked, [['obelus.review', 'selection', 5, 1]]);
    });

    it('describes and reviews in the form for a pull request', async () => {
      const form = await vscode.extensions.getExtension('GitHub.vscode-pull-request-github').activate();
      await until('both are registered', () => form.kept.description && form.kept.review);
      const token = new vscode.CancellationTokenSource().token;
      const context = { commitMessages: [], patches: [], pullRequestTemplate: '## What\n\n<!-- what it does -->\n\n## Checklist\n\n- [ ] tests\n' };
      const { title, description } = await form.kept.description.provider.provideTitleAndDescription(context, token);
      assert(title && title.length <= 72, title);
      assert.match(description, /## Checklist/);
      const answer = await form.kept.review.provider.provideReviewerComments({ repositoryRoot: folder.fsPath, commitMessages: [], patches: [] }, token);
      assert.equal(answer.succeeded, true);
      assert(answer.files.every((uri) => fs.existsSync(uri.fsPath)));
    });

    it('leaves the threads to the user\'s taste', async () => {
      const config = vscode.workspace.getConfiguration('obelus');
      for (const least of ['off', 'hint', 'warning']) await config.update('threads.minSeverity', least, vscode.ConfigurationTarget.Workspace);
      await config.update('threads.minSeverity', undefined, vscode.ConfigurationTarget.Workspace);
    });

    it('loses nothing when a folder is added and taken away', async () => {
      const before = session.findings.all().map((finding) => finding.id);
      const other = vscode.Uri.file(process.env.OTHER);
      assert(vscode.workspace.updateWorkspaceFolders(1, 0, { uri: other }));
      await until('the folder is there', () => vscode.workspace.workspaceFolders.length === 2);
      const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(other, 'a.py'));
      await vscode.window.showTextDocument(document);
      await until('its file is checked', () => session.findings.of(document.uri).length > 0);
      await until('the others are there', () => before.every((id) => session.findings.all().some((finding) => finding.id === id)));
    });

    it('keeps the findings of a file that is closed', async () => {
      const uri = file('jobs/import_rates.py');
      await vscode.window.showTextDocument(uri);
      await until('it is marked', () => ours(uri).length === 2);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      // Closed for good: the editor keeps a document for a while after its last tab.
      const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
      if (document) await vscode.languages.setTextDocumentLanguage(document, 'plaintext');
      await until('the findings are still there', () => ours(uri).length === 2);
    });

    it('stops and starts by command', async () => {
      const rules = () => session.findings.all().map((finding) => `${path.basename(finding.uri.path)}:${finding.rule}`).sort().join(' ');
      const before = rules();
      await vscode.commands.executeCommand('obelus.ui.restart');
      await until('it runs again', () => session.server.life.kind === 'running');
      await until('with its findings', () => rules() === before).catch((error) => { throw new Error(`${error.message}\n${before}\n${rules()}\n${said.join('\n')}`); });
    });

    it('raised nothing that nobody caught', () => {
      const own = rejections.filter((text) => /obelus/i.test(text));
      assert.deepEqual(own, []);
      // What the server writes to its log comes here as errors, whatever it is, with a time in front.
      assert.deepEqual(said.filter((line) => /^error: (?!\d{4}-\d\d-\d\dT)/.test(line)), []);
    });
  });

  try {
    mocha.run((failures) => (failures ? reject(new Error(`${failures} failed`)) : resolve()));
  } catch (error) {
    reject(error);
  }
});
