// The palette's commands. Each asks the server for one thing and shows what it answers.
import * as vscode from 'vscode';
import type { Shown } from './findings.js';
import type { Report, Scope } from './protocol.js';
import { writeCommitMessage } from './commit.js';
import type { Descriptions } from './describe.js';
import type { Conversation, Conversations } from './conversations.js';
import { dismiss } from './dismiss.js';
import type { Keys } from './keys.js';
import type { Pages } from './pages.js';
import { patiently } from './progress.js';
import { inside, openSettings, type Server } from './server.js';
import { findingOf } from './threads.js';
import { usagePage, type Usage } from './usage.js';

export interface Reviews {
  /** What is on show. */
  findings(): readonly Shown[];
  review(scope: Scope, more: { uri: string; range?: vscode.Range; base?: string; model?: string }, token?: vscode.CancellationToken): Promise<Report>;
  /** Shows a report that came in another way. */
  took(report: Report, folder: string): Promise<void>;
}

export interface Parts {
  readonly server: Server;
  readonly keys: Keys;
  readonly reviews: Reviews;
  readonly descriptions: Descriptions;
  readonly pages: Pages;
  readonly conversations: Conversations;
}

export function register(context: vscode.ExtensionContext, { server, keys, reviews, descriptions, pages, conversations }: Parts): void {
  const add = (name: string, run: (...given: never[]) => unknown): void => {
    context.subscriptions.push(vscode.commands.registerCommand(`obelus.ui.${name}`, async (...given: unknown[]) => {
      try {
        return await run(...(given as never[]));
      } catch (error) {
        if (isCancelled(error)) return undefined;
        const message = error instanceof Error ? error.message : String(error);
        server.log.error(message);
        void vscode.window.showErrorMessage(`Obelus: ${message}`);
        return undefined;
      }
    }));
  };
  const review = async (scope: Scope, more: { uri?: string; range?: vscode.Range; base?: string } = {}): Promise<void> => {
    const uri = more.uri ?? await folder();
    if (uri === undefined) return;
    const report = await patiently(vscode.l10n.t('reviewing'), (token) => reviews.review(scope, { ...more, uri }, token));
    await told(report);
  };

  add('reviewChanges', () => review('worktree'));
  add('reviewStaged', () => review('staged'));
  add('reviewBranch', () => review('branch'));
  add('reviewWorkspace', () => review('workspace'));
  add('reviewFile', (uri?: vscode.Uri) => {
    const file = uri ?? vscode.window.activeTextEditor?.document.uri;
    if (!file) throw new Error(vscode.l10n.t('open the file that is to be reviewed'));
    return review('file', { uri: file.toString() });
  });
  add('reviewSelection', () => {
    const { document, selection } = vscode.window.activeTextEditor ?? {};
    if (!document || !selection || selection.isEmpty) throw new Error(vscode.l10n.t('select the lines that are to be reviewed'));
    return review('selection', { uri: document.uri.toString(), range: new vscode.Range(selection.start, selection.end) });
  });
  add('reviewCommit', async () => {
    const base = await vscode.window.showInputBox({
      title: vscode.l10n.t('Review a Commit'), value: 'HEAD', prompt: vscode.l10n.t('A commit, branch or tag'),
    });
    if (base?.trim()) await review('commit', { base: base.trim() });
  });
  add('describe', async () => {
    const uri = await folder();
    if (uri !== undefined) await descriptions.show('branch', uri);
  });
  add('describeStaged', async () => {
    const uri = await folder();
    if (uri !== undefined) await descriptions.show('staged', uri);
  });
  add('showDescription', () => descriptions.again());
  add('copyTitle', () => descriptions.copy('title'));
  add('copyDescription', () => descriptions.copy('body'));
  add('insertDescription', () => descriptions.insert());
  add('commitMessage', (on: unknown) => writeCommitMessage(server, on));
  /** The finding that a command on a row of the tree or on a comment thread is about; from the palette, the one at the cursor. */
  const meant = (on: unknown): Shown => {
    const row = (on as { finding?: Shown } | undefined)?.finding;
    const finding = row ?? (on ? findingOf(on as vscode.CommentThread) : atCursor(reviews.findings()));
    if (!finding) throw new Error(vscode.l10n.t('put the cursor on a finding, or choose one in the Obelus view'));
    return finding;
  };
  add('dismiss', (on: unknown) => {
    const finding = meant(on);
    return dismiss(server, finding, finding.uri.toString(), () => open(finding));
  });
  add('dismissById', (id: string, uri?: string) => {
    const finding = reviews.findings().find((one) => one.id === id);
    return dismiss(server, { id, title: finding?.title ?? id }, uri, async () => finding && open(finding));
  });
  add('clear', () => server.execute('obelus.clear', {}));
  add('ask', async () => {
    const uri = await folder();
    if (uri !== undefined) await conversations.ask(uri);
  });
  add('askSelection', async () => {
    const editor = vscode.window.activeTextEditor;
    const of = editor && vscode.workspace.getWorkspaceFolder(editor.document.uri);
    if (!editor || !of) throw new Error(vscode.l10n.t('select the lines that you want to ask about first'));
    const { start, end } = editor.selection;
    await conversations.ask(of.uri.toString(), { uri: editor.document.uri.toString(), range: { start, end } });
  });
  const written = (command: string, title: string) => async (): Promise<void> => {
    const editor = vscode.window.activeTextEditor;
    if (!editor) throw new Error(vscode.l10n.t('put the cursor into the function that is meant first'));
    const { start, end } = editor.selection;
    const argument = { uri: editor.document.uri.toString(), range: { start, end } };
    // The server asks before it lands; what it shows is its own.
    await patiently(title, (token) => server.execute(command, argument, token));
  };
  add('writeTests', written('obelus.generateTests', vscode.l10n.t('writing tests')));
  add('document', written('obelus.document', vscode.l10n.t('writing a doc comment')));
  add('askAbout', async (on: unknown) => {
    const { id, title, uri } = meant(on);
    const of = vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() ?? await folder();
    if (of !== undefined) await conversations.ask(of, { id, title });
  });
  add('openConversation', (on: Conversation) => conversations.open(on));
  add('goOn', (on: Conversation) => conversations.ask(on.folder, undefined, on));
  add('saveConversation', (on: Conversation) => conversations.save(on));
  add('forgetConversation', (on: Conversation) => conversations.forget(on));
  add('searchConversations', () => conversations.search());
  add('heldBack', async () => {
    const uri = await folder();
    if (uri === undefined) return;
    const { markdown } = await server.execute<{ markdown: string }>('obelus.heldBack', { uri: inside(uri) });
    await pages.show(vscode.l10n.t('Held Back'), markdown);
  });
  add('usage', async () => {
    const uri = await folder();
    if (uri === undefined) return;
    await pages.show(vscode.l10n.t('Models and Spend'), usagePage(await server.execute<Usage>('obelus.usage', { uri: inside(uri) })));
  });
  add('reindex', () => server.execute('obelus.reindex', {}));
  add('restart', () => server.restart());
  add('showLog', () => server.log.show());
  add('openSettings', () => openSettings('@ext:obelus.obelus'));
  add('openWalkthrough', () => vscode.commands.executeCommand('workbench.action.openWalkthrough', 'obelus.obelus#start', false));
  add('chooseProgram', () => server.chooseProgram());
  add('setKey', async () => { if (await keys.set()) await server.restart(); });
  add('removeKey', async () => { if (await keys.remove()) await server.restart(); });
  add('showMenu', () => menu(server));
  for (const by of ['file', 'severity', 'rule']) {
    const name = `groupBy${by.charAt(0).toUpperCase()}${by.slice(1)}`;
    add(name, () => vscode.workspace.getConfiguration('obelus').update('view.groupBy', by, vscode.ConfigurationTarget.Global));
  }
  add('open', (on: unknown) => open(meant(on)));
  add('fix', async (on: unknown) => {
    await open(meant(on));
    await vscode.commands.executeCommand('editor.action.quickFix');
  });
  add('explain', (on: unknown) => {
    const { id, rule } = meant(on);
    return server.execute('obelus.explain', server.can('obelus.dismiss') ? { id } : { rule });
  });
}

/** The folder that a command is about: the one of the file at hand, or the one that the user picks of several. */
async function folder(): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const active = vscode.window.activeTextEditor?.document.uri;
  const one = (active && vscode.workspace.getWorkspaceFolder(active)) ?? (folders.length === 1 ? folders[0] : undefined);
  return (one ?? await vscode.window.showWorkspaceFolderPick())?.uri.toString();
}

/** The finding under the cursor, else one on its line. */
function atCursor(findings: readonly Shown[]): Shown | undefined {
  const { document, selection } = vscode.window.activeTextEditor ?? {};
  if (!document || !selection) return undefined;
  const here = findings.filter(({ uri }) => uri.toString() === document.uri.toString());
  return here.find(({ range }) => range.contains(selection.active))
    ?? here.find(({ range }) => range.start.line <= selection.active.line && selection.active.line <= range.end.line);
}

async function open(finding: Shown): Promise<void> {
  const place = new vscode.Selection(finding.range.start, finding.range.start);
  const editor = await vscode.window.showTextDocument(finding.uri, { selection: place });
  editor.revealRange(finding.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Says what a review came to. */
export async function told(report: Report): Promise<void> {
  await vscode.commands.executeCommand('obelus.findings.focus');
  vscode.window.setStatusBarMessage(`÷ ${summary(report)}`, 8000);
}

export function summary(report: Report): string {
  const { findings, change, skipped } = report;
  const count = findings.length === 0 ? vscode.l10n.t('Nothing found')
    : findings.length === 1 ? vscode.l10n.t('1 finding') : vscode.l10n.t('{0} findings', findings.length);
  const files = change.files === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', change.files);
  const left = skipped.length > 0 ? vscode.l10n.t(', {0} not reviewed', skipped.length) : '';
  return vscode.l10n.t('{0} in {1}{2}', count, files, left);
}

async function menu(server: Server): Promise<void> {
  const entry = (icon: string, label: string, command: string, description?: string): vscode.QuickPickItem & { command: string } =>
    ({ label: `$(${icon}) ${label}`, description, command });
  const items = server.life.kind === 'failed'
    ? [
        entry('refresh', vscode.l10n.t('Start Again'), 'restart'),
        entry('folder-opened', vscode.l10n.t('Choose Program…'), 'chooseProgram'),
      ]
    : [
        entry('search', vscode.l10n.t('Review My Changes'), 'reviewChanges', vscode.l10n.t('the work tree against HEAD')),
        entry('git-commit', vscode.l10n.t('Review What Is Staged'), 'reviewStaged'),
        entry('git-branch', vscode.l10n.t('Review the Branch'), 'reviewBranch', vscode.l10n.t('from where it left the default branch')),
        ...(server.can('obelus.describe') ? [entry('note', vscode.l10n.t('Describe the Branch'), 'describe', vscode.l10n.t('for a pull request'))] : []),
        ...(server.can('obelus.commitMessage') ? [entry('edit', vscode.l10n.t('Write the Commit Message'), 'commitMessage')] : []),
        ...(server.can('obelus.ask') ? [entry('comment', vscode.l10n.t('Ask…'), 'ask', vscode.l10n.t('in plain words'))] : []),
        ...(server.can('obelus.heldBack') ? [entry('eye-closed', vscode.l10n.t('Show What Was Held Back'), 'heldBack')] : []),
        ...(server.can('obelus.usage') ? [entry('credit-card', vscode.l10n.t('Models and Spend'), 'usage')] : []),
        entry('clear-all', vscode.l10n.t('Clear Findings'), 'clear'),
        entry('key', vscode.l10n.t('Set a Provider’s Key…'), 'setKey'),
      ];
  items.push(
    entry('gear', vscode.l10n.t('Settings'), 'openSettings'),
    entry('output', vscode.l10n.t('Show Log'), 'showLog'),
    entry('debug-restart', vscode.l10n.t('Restart the Server'), 'restart'),
  );
  const title = server.life.kind === 'failed' ? vscode.l10n.t('Obelus is not running: {0}', server.life.why) : 'Obelus';
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('What shall Obelus do?') });
  if (picked) await vscode.commands.executeCommand(`obelus.ui.${picked.command}`);
}

function isCancelled(error: unknown): boolean {
  // RequestCancelled, ServerCancelled and the editor's own.
  const code = (error as { code?: unknown }).code;
  return error instanceof vscode.CancellationError || code === -32800 || code === -32802;
}
