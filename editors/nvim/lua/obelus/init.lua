-- What `:Obelus` does: asks the server for one thing and shows the answer in Neovim's own ways (the quickfix list, a
-- scratch buffer, `vim.ui.select`). There is no review logic here.
local M = {}

---@type table<integer, table> what the server of each client said of itself last
local statuses = {}

local SEVERITY = { error = 'E', warning = 'W', info = 'I', hint = 'N' }

local REASONS = {
  { 'false', 'False: it is not so' },
  { 'not-now', 'Not now: comes back after two weeks' },
  { 'by-design', 'By design: it is meant like this' },
  { 'too-picky', 'Too picky: true, and not worth a remark' },
}

local SCOPES = { 'worktree', 'staged', 'branch', 'file', 'commit', 'workspace' }

local function say(message, level)
  vim.notify('Obelus: ' .. message, level or vim.log.levels.INFO)
end

--- The server of this buffer, or any: a review can be asked for from a terminal or an empty buffer.
---@return vim.lsp.Client?
local function client()
  local here = vim.lsp.get_clients({ name = 'obelus', bufnr = 0 })[1]
  return here or vim.lsp.get_clients({ name = 'obelus' })[1]
end

--- Runs a command of the server's. `done` gets its answer; what went wrong is said.
local function execute(name, argument, done)
  local server = client()
  if not server then
    return say("the server is not running; is it enabled (vim.lsp.enable('obelus')), and is a file open?", vim.log.levels.ERROR)
  end
  local known = vim.tbl_get(server.server_capabilities, 'executeCommandProvider', 'commands') or {}
  if not vim.tbl_contains(known, name) then
    return say('this server has no ' .. name .. '; a newer one may', vim.log.levels.ERROR)
  end
  local params = { command = name, arguments = { next(argument) and argument or vim.empty_dict() } }
  server:request('workspace/executeCommand', params, function(problem, answer)
    if problem then return say(problem.message, vim.log.levels.ERROR) end
    done(answer, server)
  end)
end

--- The byte column (from 1) of a column in characters (from 1) on a line of a file.
local function byte_column(lines, line, column)
  local text = lines[line]
  if not text then return 1 end
  local ok, index = pcall(vim.str_byteindex, text, 'utf-32', column - 1, false)
  return ok and index + 1 or 1
end

--- The lines of a file as they are on the screen, else as they are on disk.
local function lines_of(path)
  local buffer = vim.fn.bufnr(path)
  if buffer >= 0 and vim.api.nvim_buf_is_loaded(buffer) then return vim.api.nvim_buf_get_lines(buffer, 0, -1, false) end
  return vim.fn.filereadable(path) == 1 and vim.fn.readfile(path) or {}
end

--- A report as entries of the quickfix list.
function M.entries(report, root)
  local cache, entries = {}, {}
  for _, finding in ipairs(report.findings) do
    local path = vim.fs.joinpath(root, finding.path)
    cache[path] = cache[path] or lines_of(path)
    local from, to = finding.range.start, finding.range['end']
    table.insert(entries, {
      filename = path,
      lnum = from.line,
      end_lnum = to.line,
      col = byte_column(cache[path], from.line, from.column),
      end_col = byte_column(cache[path], to.line, to.column),
      type = SEVERITY[finding.severity],
      text = ('%s [%s]'):format(finding.title, finding.rule),
    })
  end
  return entries
end

--- A report into the quickfix list.
local function listed(report, server, scope)
  local entries = M.entries(report, server.root_dir or vim.fn.getcwd())
  vim.fn.setqflist({}, ' ', { title = 'Obelus: ' .. scope, items = entries })
  local left = #report.skipped > 0 and (', %d not reviewed'):format(#report.skipped) or ''
  say(('%s in %d files%s'):format(#entries == 0 and 'nothing found' or #entries .. ' findings', report.change.files, left))
  if #entries > 0 then vim.cmd.copen() end
end

local function review(scope, revision)
  scope = scope or 'worktree'
  if not vim.tbl_contains(SCOPES, scope) then
    return say(('no scope `%s`; there are %s'):format(scope, table.concat(SCOPES, ', ')), vim.log.levels.ERROR)
  end
  local argument = { scope = scope, base = revision }
  if scope == 'file' then argument.uri = vim.uri_from_bufnr(0) end
  execute('obelus.review', argument, function(report, server) listed(report, server, scope) end)
end

--- Shows text in a buffer of its own: nothing to save, gone when it is closed.
local function scratch(name, filetype, text)
  local buffer = vim.fn.bufnr('^' .. name .. '$')
  if buffer < 0 then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
  end
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text, '\n'))
  vim.bo[buffer].filetype = filetype
  vim.bo[buffer].bufhidden = 'wipe'
  local window = vim.fn.bufwinid(buffer)
  if window >= 0 then return vim.api.nvim_set_current_win(window) end
  vim.cmd.split()
  vim.api.nvim_win_set_buf(0, buffer)
end

local function describe(scope)
  execute('obelus.describe', { scope = scope or 'branch' }, function(answer)
    scratch('obelus://description', 'markdown', answer.markdown)
    if type(answer.note) == 'string' then say(answer.note) end
  end)
end

--- Whether a commit message still waits for its first word.
local function is_empty_message(buffer)
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if line:find('^#') then return true end
    if line:find('%S') then return false end
  end
  return true
end

local function commit()
  local buffer = vim.api.nvim_get_current_buf()
  local into = vim.bo[buffer].filetype == 'gitcommit' and vim.bo[buffer].buftype == ''
  execute('obelus.commitMessage', { scope = 'staged' }, function(answer)
    if type(answer.advice) == 'string' then say(answer.advice) end
    if not into then return scratch('obelus://commit-message', 'gitcommit', answer.message) end
    if not vim.api.nvim_buf_is_valid(buffer) then return end
    -- The author's words are the author's.
    if not is_empty_message(buffer) then
      return say('there is a message already; empty it first, or use :Obelus commit elsewhere', vim.log.levels.WARN)
    end
    local first = vim.api.nvim_buf_get_lines(buffer, 0, 1, false)[1]
    vim.api.nvim_buf_set_lines(buffer, 0, first == '' and 1 or 0, false, vim.split(answer.message, '\n'))
  end)
end

--- Calls `done` with the finding of the cursor's line, asking where there are several.
local function at_cursor(done)
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local found = vim.tbl_filter(function(diagnostic)
    return diagnostic.source == 'obelus' and diagnostic.lnum <= line and line <= diagnostic.end_lnum
  end, vim.diagnostic.get(0))
  if #found == 0 then return say('no finding on this line', vim.log.levels.WARN) end
  if #found == 1 then return done(found[1]) end
  vim.ui.select(found, {
    prompt = 'Which finding?',
    format_item = function(diagnostic) return diagnostic.message end,
  }, function(picked)
    if picked then done(picked) end
  end)
end

local function id_of(diagnostic)
  return vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data')
end

local function dismiss(reason)
  at_cursor(function(diagnostic)
    local uri = vim.uri_from_bufnr(0)
    local function go(why)
      execute('obelus.dismiss', { id = id_of(diagnostic), uri = uri, reason = why }, function()
        say('dismissed: ' .. diagnostic.message)
      end)
    end
    if reason then return go(reason) end
    vim.ui.select(REASONS, {
      prompt = 'Why?',
      format_item = function(one) return one[2] end,
    }, function(picked)
      if picked then go(picked[1]) end
    end)
  end)
end

local function explain()
  at_cursor(function(diagnostic)
    execute('obelus.explain', { id = id_of(diagnostic), show = false }, function(answer)
      scratch('obelus://explain', 'markdown', answer.markdown)
    end)
  end)
end

--- What models were asked and what that cost, in lines.
local function spent(usage)
  local function sum(name, of)
    local cost = of.cost_usd == vim.NIL and 'price not known' or ('%s$%.2f'):format(of.estimated and 'about ' or '', of.cost_usd)
    local limit = of.budget_usd ~= vim.NIL and (' of $%.2f'):format(of.budget_usd) or ''
    return ('%s: %d requests, %d tokens, %s%s'):format(name, of.requests, of.input_tokens + of.output_tokens, cost, limit)
  end
  return sum('today', usage.today) .. '\n' .. sum('this month', usage.month)
end

---@type integer? the conversation that `:Obelus ask!` goes on with
local conversation

--- A request or a question in plain words. What was done shows itself as when it is asked for by name.
local function ask(words, given)
  local argument = { question = words, conversation = given.bang and conversation or nil, uri = vim.uri_from_bufnr(0) }
  if given.range > 0 then
    local last = vim.api.nvim_buf_get_lines(0, given.line2 - 1, given.line2, false)[1] or ''
    local server = client()
    local column = server and vim.str_utfindex(last, server.offset_encoding) or #last
    argument.range = { start = { line = given.line1 - 1, character = 0 }, ['end'] = { line = given.line2 - 1, character = column } }
  end
  execute('obelus.ask', argument, function(answer, server)
    local result = answer.result
    if answer.command == 'obelus.review' then return listed(result, server, answer.arguments.scope or 'worktree') end
    if answer.command == 'obelus.usage' then return say(spent(result)) end
    if type(answer.note) == 'string' then say(answer.note) end
    if type(answer.conversation) == 'number' then conversation = answer.conversation end
    local text = answer.markdown or (type(result) == 'table' and result.markdown) or nil
    if text then return scratch('obelus://answer', 'markdown', text) end
    say(vim.inspect(result))
  end)
end

--- What the model writes for the function at the cursor. The server asks before it lands; here it is shown.
local function written(command, name)
  return function()
    local server = client()
    local row, column = unpack(vim.api.nvim_win_get_cursor(0))
    local line = vim.api.nvim_buf_get_lines(0, row - 1, row, false)[1] or ''
    local at = { line = row - 1, character = server and vim.str_utfindex(line, server.offset_encoding, column) or column }
    local argument = { uri = vim.uri_from_bufnr(0), range = { start = at, ['end'] = at } }
    execute(command, argument, function(answer) scratch('obelus://' .. name, 'markdown', answer.markdown) end)
  end
end

--- What the last review did not show, and why.
local function held()
  execute('obelus.heldBack', {}, function(answer) scratch('obelus://held-back', 'markdown', answer.markdown) end)
end

local function usage()
  execute('obelus.usage', {}, function(answer) say(spent(answer)) end)
end

local function status()
  local server = client()
  if not server then return say('the server is not running') end
  execute('obelus.status', {}, function(answer)
    local parts = { answer.state }
    if answer.message ~= '' then table.insert(parts, answer.message) end
    table.insert(parts, ('%d of %d files indexed'):format(answer.index.done, answer.index.files))
    local model = type(answer.model.name) == 'string' and answer.model.name or nil
    table.insert(parts, model and 'model ' .. model or 'no model: nothing leaves this machine')
    if model then table.insert(parts, ('today $%.2f of $%.2f'):format(answer.spend.today_usd, answer.spend.budget_usd)) end
    say(table.concat(parts, '; '))
  end)
end

---@type table<string, fun(...: string)>
local COMMANDS = {
  review = review,
  describe = describe,
  commit = commit,
  dismiss = dismiss,
  explain = explain,
  document = written('obelus.document', 'document'),
  tests = written('obelus.generateTests', 'tests'),
  status = status,
  held = held,
  usage = usage,
  clear = function()
    execute('obelus.clear', {}, function() end)
  end,
  reindex = function()
    execute('obelus.reindex', {}, function(answer) say(('%d files indexed'):format(answer.indexed)) end)
  end,
}

local ARGUMENTS = {
  review = SCOPES,
  describe = { 'branch', 'staged', 'worktree' },
  dismiss = vim.tbl_map(function(reason) return reason[1] end, REASONS),
}

--- All that can be typed behind `:Obelus`.
local function names_of()
  return vim.list_extend(vim.tbl_keys(COMMANDS), { 'ask' })
end

---@param given { bang: boolean, range: integer, line1: integer, line2: integer }
function M.run(arguments, given)
  if arguments[1] == 'ask' then
    local words = table.concat(arguments, ' ', 2)
    if words ~= '' then return ask(words, given) end
    return vim.ui.input({ prompt = 'Ask Obelus: ' }, function(typed)
      if typed and typed:find('%S') then ask(typed, given) end
    end)
  end
  local command = COMMANDS[arguments[1]]
  if not command then
    local names = names_of()
    table.sort(names)
    return say(('no command `%s`; there are %s'):format(arguments[1], table.concat(names, ', ')), vim.log.levels.ERROR)
  end
  command(unpack(arguments, 2))
end

function M.complete(lead, line)
  local words = vim.split(line:gsub('^%s*', ''), '%s+')
  local from = #words <= 2 and names_of() or (#words == 3 and ARGUMENTS[words[2]]) or {}
  local found = vim.tbl_filter(function(word) return vim.startswith(word, lead) end, from)
  table.sort(found)
  return found
end

function M.on_status(id, given)
  statuses[id] = given
  vim.cmd.redrawstatus({ bang = true })
end

--- For a status line: the sign, the findings of this buffer, and what is going on. Empty where the server is not.
function M.statusline()
  local server = vim.lsp.get_clients({ name = 'obelus', bufnr = 0 })[1]
  if not server then return '' end
  local count = #vim.tbl_filter(function(diagnostic) return diagnostic.source == 'obelus' end, vim.diagnostic.get(0))
  local given = statuses[server.id]
  local doing = given and given.state ~= 'idle' and ' ' .. given.state or ''
  return ('÷ %d%s'):format(count, doing)
end

return M
