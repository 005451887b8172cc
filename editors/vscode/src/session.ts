// Everything that lives while a folder is open, put together here and nowhere else.
import * as vscode from 'vscode';
import { register } from './commands.js';
import { Findings } from './findings.js';
import { Keys } from './keys.js';
import type { Report, Scope } from './protocol.js';
import { Server } from './server.js';
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

  let report: Report | undefined;
  const show = (): void => {
    status.show(server.life, server.status, findings.all().length);
    coverage.show(report, server.status);
  };
  const review = async (scope: Scope, more: object = {}): Promise<Report> => {
    report = await server.execute<Report>('obelus.review', { scope, ...more });
    void vscode.commands.executeCommand('setContext', 'obelus.reviewed', true);
    show();
    return report;
  };
  /** The built-in checks over the whole change: what is not open in an editor is seen too. */
  const reviewQuietly = (): void => {
    review('worktree', { model: 'none' }).catch((error: unknown) => log.info(`not reviewed: ${String(error)}`));
  };
  register(context, server, keys, { review });

  context.subscriptions.push(
    server.onDidChange(show),
    findings.onDidChange(show),
    server.onDidStart(({ again }) => {
      // What an earlier server said about files that are not open went with it.
      const wanted = vscode.workspace.getConfiguration('obelus').get('reviewOnOpen', true);
      if (wanted || (again && report)) reviewQuietly();
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
