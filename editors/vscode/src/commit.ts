// The commit message, into the input box of Source Control. What the user wrote there is theirs: it is replaced only
// when they say so.
import * as vscode from 'vscode';
import { patiently } from './progress.js';
import { inside, type Server } from './server.js';

interface Message {
  readonly message: string;
  /** Says how the staged change could be split; empty where it belongs together. */
  readonly advice?: string | null;
}

/** The part of the git extension's API (version 1) that is used. */
interface Git {
  readonly repositories: readonly Repository[];
}
interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  readonly state: { readonly indexChanges: readonly unknown[] };
  status(): Promise<void>;
}

/** What was written into each box last, so that our own text may be replaced without a question. */
const ours = new Map<string, string>();

/** Whether the text in the box may be replaced without asking. Pure. */
export function isFree(current: string, own: string | undefined): boolean {
  return current.trim() === '' || current === own;
}

export async function writeCommitMessage(server: Server, on: unknown): Promise<void> {
  const repository = await choose(on);
  if (!repository) return;
  const key = repository.rootUri.toString();
  // What was staged in a terminal a moment ago counts too.
  await repository.status();
  const scope = repository.state.indexChanges.length > 0 ? 'staged' : 'worktree';
  const { message, advice } = await patiently(vscode.l10n.t('writing the commit message'), (token) =>
    server.execute<Message>('obelus.commitMessage', { scope, uri: inside(key) }, token));
  const box = repository.inputBox;
  if (!isFree(box.value, ours.get(key))) {
    const replace = vscode.l10n.t('Replace');
    const append = vscode.l10n.t('Add Below');
    const question = vscode.l10n.t('There is a message in the box already.');
    const picked = await vscode.window.showWarningMessage(question, { modal: true, detail: message }, append, replace);
    if (!picked) return;
    // The box may have changed while the question stood.
    box.value = picked === append ? `${box.value.trimEnd()}\n\n${message}` : message;
  } else {
    box.value = message;
  }
  ours.set(key, box.value);
  await vscode.commands.executeCommand('workbench.view.scm');
  if (advice) void vscode.window.showInformationMessage(`Obelus: ${advice}`);
}

async function choose(on: unknown): Promise<Repository | undefined> {
  const extension = vscode.extensions.getExtension<{ getAPI(version: 1): Git }>('vscode.git');
  if (!extension) throw new Error(vscode.l10n.t('the git extension of the editor is not there'));
  const git = (await extension.activate()).getAPI(1);
  // From a button in Source Control the command is told which repository it stands over.
  const root = (on as { rootUri?: vscode.Uri } | undefined)?.rootUri?.toString();
  const known = git.repositories.find((repository) => repository.rootUri.toString() === root);
  if (known || git.repositories.length <= 1) {
    const only = known ?? git.repositories[0];
    if (!only) throw new Error(vscode.l10n.t('no git repository is open'));
    return only;
  }
  const items = git.repositories.map((repository) => ({ label: vscode.workspace.asRelativePath(repository.rootUri), repository }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which repository?') }))?.repository;
}
