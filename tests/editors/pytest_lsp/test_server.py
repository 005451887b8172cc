"""Drives the real binary over stdio with a client that is not ours, in the profiles of three editors."""

import asyncio
import os
import pathlib
import tempfile

import pytest
import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from pygls.exceptions import JsonRpcException

import workspace

RULE = "rust/dbg-left-in"
WAIT = 20


@pytest_lsp.fixture(
    params=["visual_studio_code", "neovim", "emacs"],
    config=ClientServerConfig(server_command=[os.environ["OBELUS"], "lsp"]),
)
async def client(lsp_client: LanguageClient, request):
    with tempfile.TemporaryDirectory() as folder:
        # The client library does not answer this by itself; every editor does.
        lsp_client.feature(lsp.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
        lsp_client.open_files = set()
        lsp_client.root = workspace.make(pathlib.Path(folder) / "ws")
        uri = lsp_client.root.as_uri()
        result = await lsp_client.initialize_session(
            lsp.InitializeParams(
                capabilities=client_capabilities(request.param),
                root_uri=uri,
                workspace_folders=[lsp.WorkspaceFolder(uri=uri, name="ws")],
            )
        )
        lsp_client.encoding = result.capabilities.position_encoding or lsp.PositionEncodingKind.Utf16
        lsp_client.capabilities_of_server = result.capabilities
        yield
        await lsp_client.shutdown_session()


def one(found) -> bool:
    return found is not None and len(found) == 1


def none(found) -> bool:
    return found is not None and len(found) == 0


def open_file(client: LanguageClient, text: str) -> str:
    uri = (client.root / "src" / "area.rs").as_uri()
    client.open_files.add(uri)
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(
            text_document=lsp.TextDocumentItem(uri=uri, language_id="rust", version=1, text=text)
        )
    )
    return uri


async def diagnostics(client: LanguageClient, uri: str, until) -> list:
    """Waits until the diagnostics of `uri` satisfy `until`: asked for where the server says so, else as they were sent."""
    asks = client.capabilities_of_server.diagnostic_provider is not None and uri in client.open_files

    async def poll():
        while True:
            if asks:
                found = await asked(client, uri)
                assert not client.diagnostics.get(uri), "sent as well"
            else:
                found = client.diagnostics.get(uri, None)
            if until(found):
                return found
            await asyncio.sleep(0.02)

    return await asyncio.wait_for(poll(), WAIT)


async def asked(client: LanguageClient, uri: str):
    try:
        report = await client.text_document_diagnostic_async(
            lsp.DocumentDiagnosticParams(text_document=lsp.TextDocumentIdentifier(uri=uri))
        )
    except JsonRpcException as error:
        assert error.code == -32802, error
        return None
    return report.items


def columns(encoding, line: str, start: int, end: int) -> tuple:
    """Character indexes of `line` in the units that were negotiated."""
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[getattr(encoding, "value", encoding)]
    width = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[codec]
    return tuple(len(line[:at].encode(codec)) // width for at in (start, end))


async def test_a_finding_is_published_explained_and_fixed(client: LanguageClient):
    uri = open_file(client, workspace.CHANGED)
    (finding,) = await diagnostics(client, uri, one)
    line = workspace.CHANGED.splitlines()[1]
    start = line.index("dbg!")
    expected = columns(client.encoding, line, start, start + len("dbg!(width)"))
    assert (finding.range.start.line, finding.range.start.character, finding.range.end.character) == (1, *expected)
    assert (finding.source, finding.code) == ("obelus", RULE)

    hover = await client.text_document_hover_async(
        lsp.HoverParams(text_document=lsp.TextDocumentIdentifier(uri=uri), position=finding.range.start)
    )
    assert RULE in hover.contents.value

    actions = await client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=lsp.TextDocumentIdentifier(uri=uri),
            range=finding.range,
            context=lsp.CodeActionContext(diagnostics=[finding], only=[lsp.CodeActionKind.QuickFix]),
        )
    )
    action = next(action for action in actions if action.is_preferred)
    if action.edit is None:
        action = await client.code_action_resolve_async(action)
    edit = action.edit
    changes = edit.document_changes[0].edits if edit.document_changes else edit.changes[uri]
    (change,) = changes
    assert change.new_text == "width" and change.range == finding.range

    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[lsp.TextDocumentContentChangePartial(range=change.range, text=change.new_text)],
        )
    )
    await diagnostics(client, uri, none)


async def test_typing_brings_a_finding_and_closing_clears_it(client: LanguageClient):
    uri = open_file(client, workspace.COMMITTED)
    at = lsp.Position(line=1, character=4)
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[
                lsp.TextDocumentContentChangePartial(range=lsp.Range(start=at, end=at), text="dbg!(height);\n    ")
            ],
        )
    )
    (finding,) = await diagnostics(client, uri, one)
    assert finding.range.start == at
    client.text_document_did_close(
        lsp.DidCloseTextDocumentParams(text_document=lsp.TextDocumentIdentifier(uri=uri))
    )
    client.open_files.discard(uri)
    # Closed without saving: the file on disk holds the other change, which is shown only on request.
    if client.capabilities_of_server.diagnostic_provider is None:
        await diagnostics(client, uri, none)


async def command(client: LanguageClient, name: str, argument: dict) -> dict:
    result = await client.workspace_execute_command_async(lsp.ExecuteCommandParams(command=name, arguments=[argument]))
    return as_dict(result)


async def test_a_change_is_described_and_a_finding_dismissed(client: LanguageClient):
    told = await command(client, "obelus.describe", {"scope": "worktree"})
    assert told["schema"] == "obelus.description/1" and told["markdown"].startswith("# " + told["title"])
    uri = open_file(client, workspace.CHANGED)
    (finding,) = await diagnostics(client, uri, one)
    gone = await command(client, "obelus.dismiss", {"id": finding.data, "reason": "by-design"})
    assert gone["dismissed"] is True
    await diagnostics(client, uri, none)
    back = await command(client, "obelus.dismiss", {"id": finding.data, "undo": True})
    assert back["restored"] is True
    await diagnostics(client, uri, one)
    with pytest.raises(JsonRpcException) as error:
        await command(client, "obelus.describe", {"scpoe": "worktree"})
    assert "knows no `scpoe`" in str(error.value)


async def test_the_review_command_covers_files_that_are_not_open(client: LanguageClient):
    result = await client.workspace_execute_command_async(
        lsp.ExecuteCommandParams(command="obelus.review", arguments=[{"scope": "worktree"}])
    )
    rules = [finding["rule"] if isinstance(finding, dict) else finding.rule for finding in as_dict(result)["findings"]]
    assert rules == [RULE]
    uri = (client.root / "src" / "area.rs").as_uri()
    (finding,) = await diagnostics(client, uri, one)
    assert finding.code == RULE


def as_dict(value):
    """pygls hands objects of its own for untyped results."""
    return value if isinstance(value, dict) else vars(value) if hasattr(value, "__dict__") else value._asdict()


async def test_only_commands_that_work_are_advertised(client: LanguageClient):
    commands = client.capabilities_of_server.execute_command_provider.commands
    assert "obelus.review" in commands
    assert all(command.startswith("obelus.") and not command.startswith("obelus.ui.") for command in commands)
