-- A user's session: open a changed file, see the finding, type another, apply a fix, save, quit.
-- usage: nvim --headless -u NONE -l session.lua /path/to/obelus FILE
local server, file = arg[1], arg[2]

local function must(ok, what)
  if not ok then
    io.stderr:write('FAILED: ' .. what .. '\n')
    io.stderr:write(vim.inspect(vim.diagnostic.get(0)) .. '\n')
    os.exit(1)
  end
end

local function wait(what, condition)
  must(vim.wait(20000, condition, 10), what)
end

local errors = {}
local notify = vim.notify
vim.notify = function(message, level, ...)
  if level and level >= vim.log.levels.ERROR then table.insert(errors, message) end
  return notify(message, level, ...)
end

vim.cmd.edit(file)
local buffer = vim.api.nvim_get_current_buf()
local id = vim.lsp.start({
  name = 'obelus',
  cmd = { server, 'lsp' },
  root_dir = vim.fs.root(file, '.git'),
}, { bufnr = buffer })
must(id, 'the server starts')
local client = assert(vim.lsp.get_client_by_id(id))

wait('the finding of the saved change is shown', function() return #vim.diagnostic.get(buffer) == 1 end)
local finding = vim.diagnostic.get(buffer)[1]
must(finding.source == 'obelus' and finding.code == 'rust/dbg-left-in', 'it is ours, with its rule')
local line = vim.api.nvim_buf_get_lines(buffer, 1, 2, true)[1]
must(line:sub(finding.col + 1, finding.end_col) == 'dbg!(width)', 'it marks the call: ' .. line:sub(finding.col + 1, finding.end_col))

-- Type a second one, through the normal-mode keys a person would use.
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes('odbg!(height);<Esc>', true, false, true), 'xt', false)
wait('typing brings a second finding', function() return #vim.diagnostic.get(buffer) == 2 end)

-- Apply the quick fix of the first, from the start of its line: the editor names the line's diagnostics.
must(finding.col > 0, 'the finding does not begin the line')
vim.api.nvim_win_set_cursor(0, { 3, 0 })
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action) return action.isPreferred end,
})
wait('the fix is applied', function()
  return not vim.api.nvim_buf_get_lines(buffer, 2, 3, true)[1]:find('dbg!', 1, true)
end)
wait('its finding goes', function() return #vim.diagnostic.get(buffer) == 1 end)

-- Undo what was typed, and save.
vim.api.nvim_buf_set_lines(buffer, 1, 2, true, {})
wait('the second finding goes with its text', function() return #vim.diagnostic.get(buffer) == 0 end)
vim.cmd.write()
must(table.concat(vim.fn.readfile(file), '\n'):find('/* 📐 */ width * height', 1, true), 'the file on disk holds the fix')

client:stop()
wait('the server stops when asked', function() return client:is_stopped() end)
must(#errors == 0, 'no error was shown: ' .. table.concat(errors, '; '))
print('neovim ' .. tostring(vim.version()) .. ': passed')
