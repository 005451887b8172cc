// Everything that lives while a folder is open, put together here and nowhere else.
import * as vscode from 'vscode';
import { register, told, type Reviews } from './commands.js';
import { Conversations } from './conversations.js';
import { merge } from './coverage.js';
import { Descriptions } from './describe.js';
import { Findings } from './findings.js';
import { Keys } from './keys.js';
import type { Report } from './protocol.js';
import { Pages } from './pages.js';
import { PullRequestForm } from './pull-requests.js';
import { inside, Server } from './server.js';
import { StatusItem } from './status.js';
import { Threads } from './threads.js';
import { CoverageView, FindingsView } from './view.js';

export interface Session {
  readonly server: Server;
  readonly findings: Findings;
  stop(): Promise<void>;
}

/** Settings that a running server cannot take up. */
const NEEDS_RESTART = ['obelus.server', 'obelus.model', 'obelus.trace'];

/** Commands that an older server may not have; what is not there is not offered. */
const GATED = ['ask', 'generateTests', 'document', 'describe', 'commitMessage', 'dismiss', 'heldBack', 'usage'];

/** What an empty view means: nothing found is said only where somebody has looked. */
function outlook({ life, status }: Server, looked: boolean): 'failed' | 'busy' | 'clean' | 'new' {
  if (life.kind === 'failed' || status?.state === 'error') return 'failed';
  if (life.kind !== 'running' || !status || status.state === 'starting' || status.state === 'reviewing') return 'busy';
  return looked ? 'clean' : 'new';
}

function setContext(name: string, value: boolean | string): void {
  void vscode.commands.executeCommand('setContext', `obelus.${name}`, value);
}

export async function start(context: vscode.ExtensionContext): Promise<Session> {
  const log = vscode.window.createOutputChannel('Obelus', { log: true });
  const keys = new Keys(context.secrets, context.globalState);
  const server = new Server(context, keys, log);
  const findings = new Findings();
  const status = new StatusItem();
  const tree = new FindingsView(findings);
  const coverage = new CoverageView();
  const icon = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.png');
  const threads = new Threads(findings, (uri, at) => server.hover(uri, at), icon);
  context.subscriptions.push(log, server, findings, status, tree, coverage, threads);

  const descriptions = new Descriptions(server);
  const pages = new Pages();
  context.subscriptions.push(descriptions, pages);

  /** The last report of each folder. */
  const reports = new Map<string, Report>();
  /** Whether this server has reviewed the change. */
  let looked = false;
  const show = (): void => {
    status.show(server.life, server.status, findings.all().length);
    const title = server.can('obelus.describe') ? descriptions.title : undefined;
    coverage.show(merge([...reports.values()]), server.status, title);
    setContext('state', outlook(server, looked));
  };
  const keep = (report: Report, uri: string | undefined): void => {
    const folder = uri && vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(uri));
    if (uri) reports.set(folder ? folder.uri.toString() : uri, report);
    setContext('reviewed', true);
    looked = true;
    show();
  };
  const review: Reviews['review'] = async (scope, more, token) => {
    const isPart = scope === 'file' || scope === 'selection';
    const report = await server.execute<Report>('obelus.review', { scope, ...more, uri: isPart ? more.uri : inside(more.uri) }, token);
    // A review of one file says nothing about the rest of the change.
    keep(report, isPart ? undefined : more.uri);
    return report;
  };
  /** The built-in checks over the whole change: what is not open in an editor is seen too. */
  const reviewQuietly = async (): Promise<void> => {
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      await review('worktree', { uri: uri.toString(), model: 'none' }).catch((error: unknown) => log.info(`not reviewed: ${String(error)}`));
    }
  };
  const reviews: Reviews = {
    review, findings: () => findings.all(),
    took: (report, folder) => {
      keep(report, folder);
      return told(report);
    },
  };
  const conversations = new Conversations(server, pages, reviews, descriptions);
  context.subscriptions.push(conversations);
  register(context, { server, keys, reviews, descriptions, pages, conversations });
  context.subscriptions.push(new PullRequestForm(server, descriptions, reviews));

  context.subscriptions.push(
    server.onDidChange(show),
    findings.onDidChange(show),
    descriptions.onDidChange(show),
    server.onDidStart(({ again }) => {
      looked = false;
      for (const command of GATED) setContext(`can.${command}`, server.can(`obelus.${command}`));
      // What an earlier server said about files that are not open went with it.
      const wanted = vscode.workspace.getConfiguration('obelus').get('reviewOnOpen', true);
      if (wanted || (again && reports.size > 0)) void reviewQuietly();
    }),
    server.onDidClose((uri) => {
      // The findings of a file leave the screen with its document. They are still there, so they are asked for again;
      // not while a review is under way, which a second one would end.
      if (!findings.had(uri) || server.status?.state === 'reviewing' || uri.scheme !== 'file') return;
      review('file', { uri: uri.toString(), model: 'none' }).catch((error: unknown) => log.info(`not reviewed: ${String(error)}`));
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (NEEDS_RESTART.some((key) => event.affectsConfiguration(key))) void server.restart();
    }),
  );
  show();
  await server.start();
  return { server, findings, stop: () => server.stop() };
}
