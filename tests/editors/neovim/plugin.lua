-- The plugin as a user has it: on the runtimepath, enabled in one line, `:Obelus` typed.
-- usage: nvim --headless --clean --cmd 'set rtp^=editors/nvim' -l plugin.lua /path/to/obelus FOLDER
local server, folder = arg[1], arg[2]

local function must(ok, what)
  if not ok then
    io.stderr:write('FAILED: ' .. what .. '\n' .. vim.inspect(vim.diagnostic.get()) .. '\n' .. vim.fn.execute('messages') .. '\n')
    os.exit(1)
  end
end

local function wait(what, condition)
  must(vim.wait(20000, condition, 10), what)
end

-- What a person would read, and what a person would pick.
local said, picked = {}, nil
vim.notify = function(message) table.insert(said, message) end
vim.ui.select = function(items, _, done) done(items[picked]) end
local function heard(text)
  for _, message in ipairs(said) do
    if message:find(text, 1, true) then return true end
  end
  return false
end

vim.cmd.source(vim.fn.globpath(vim.o.runtimepath, 'plugin/obelus.lua'))
vim.lsp.config('obelus', { cmd = { server, 'lsp' } })
vim.lsp.enable('obelus')
vim.cmd.cd(folder)

-- Completion and mistakes need no server.
local complete = function(line) return vim.fn.getcompletion(line, 'cmdline') end
must(vim.tbl_contains(complete('Obelus '), 'describe'), 'commands are completed')
must(vim.deep_equal(complete('Obelus review w'), { 'workspace', 'worktree' }), 'scopes are completed: ' .. vim.inspect(complete('Obelus review w')))
must(vim.deep_equal(complete('Obelus dismiss b'), { 'by-design' }), 'reasons are completed')
vim.cmd('Obelus nonsense')
must(heard('no command `nonsense`'), 'a wrong command says which there are')
vim.cmd('Obelus review')
must(heard('the server is not running'), 'without a server it says what to do')
must(require('obelus').statusline() == '', 'the status line is silent')

-- A file brings the server.
vim.cmd.edit('src/quotes.rs')
vim.cmd.filetype('detect')
local buffer = vim.api.nvim_get_current_buf()
wait('the finding of the file', function() return #vim.diagnostic.get(buffer) == 1 end)
wait('the status line', function() return require('obelus').statusline() == '÷ 1' end)

-- Review: the quickfix list holds what is not open, at the right bytes.
vim.cmd('Obelus review')
wait('the quickfix list', function() return #vim.fn.getqflist() >= 7 end)
must(vim.bo.buftype == 'quickfix', 'it is open')
must(vim.fn.getqflist({ title = 0 }).title == 'Obelus: worktree', 'it has a title')
local secret = vim.tbl_filter(function(entry) return entry.text:find('secrets/aws-access-key-id', 1, true) end, vim.fn.getqflist())[1]
must(secret.type == 'E' and secret.lnum == 12 and secret.col == 26, vim.inspect(secret))
vim.cmd.cclose()
vim.cmd('Obelus review nowhere')
must(heard('no scope `nowhere`'), 'a wrong scope says which there are')

-- Explain and describe: pages to read.
local windows = #vim.api.nvim_list_wins()
vim.api.nvim_win_set_cursor(0, { 24, 0 })
vim.cmd('Obelus explain')
wait('the page of the rule', function() return vim.api.nvim_buf_get_name(0):find('obelus://explain', 1, true) end)
must(vim.bo.filetype == 'markdown' and vim.bo.buftype == 'nofile', 'it is a page')
vim.cmd.close()
vim.cmd('Obelus describe worktree')
wait('the description', function() return vim.api.nvim_buf_get_name(0):find('obelus://description', 1, true) end)
must(vim.api.nvim_buf_get_lines(0, 0, 1, true)[1]:find('^# %S'), 'it begins with a title')
vim.cmd.close()
must(#vim.api.nvim_list_wins() == windows, 'closed pages are gone')

-- A commit message goes into an empty one, never over words that stand there.
vim.fn.system({ 'git', 'add', 'jobs' })
vim.cmd.edit('.git/COMMIT_EDITMSG')
vim.bo.filetype = 'gitcommit'
vim.api.nvim_buf_set_lines(0, 0, -1, false, { '', '# Please enter the commit message' })
vim.cmd('Obelus commit')
wait('the message', function() return vim.api.nvim_buf_get_lines(0, 0, 1, true)[1] ~= '' end)
local message = vim.api.nvim_buf_get_lines(0, 0, -1, true)
must(vim.tbl_contains(message, '# Please enter the commit message'), 'the comment stays')
vim.cmd('Obelus commit')
wait('it is not overwritten', function() return heard('there is a message already') end)
must(vim.deep_equal(message, vim.api.nvim_buf_get_lines(0, 0, -1, true)), 'nothing changed')
vim.cmd('bwipeout!')

-- Dismiss: a reason is picked, the mark goes.
vim.cmd.buffer(buffer)
vim.api.nvim_win_set_cursor(0, { 24, 0 })
picked = 3
vim.cmd('Obelus dismiss')
wait('it is dismissed', function() return heard('dismissed: ') end)
wait('its mark goes', function() return #vim.diagnostic.get(buffer) == 0 end)
vim.cmd('Obelus dismiss')
must(heard('no finding on this line'), 'nothing is left to dismiss')

-- Plain words: done as the command that they mean, or answered.
vim.cmd('Obelus ask what calls base_price')
wait('the places', function() return vim.api.nvim_buf_get_name(0):find('obelus://answer', 1, true) end)
must(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n'):find('src/quotes.rs:%d'), 'with path and line')
vim.cmd.close()
vim.cmd('Obelus ask please review my changes')
wait('the quickfix list, asked for in words', function() return vim.bo.buftype == 'quickfix' end)
vim.cmd.cclose()
vim.ui.input = function(_, done) done('how much did we spend today?') end
vim.cmd('Obelus ask')
wait('what was spent', function() return heard('today: 0 requests, 0 tokens, $0.00 of $5.00') end)
vim.cmd('2,4Obelus ask what is this for?')
wait('no model is named', function() return heard('no model is named') end)
vim.cmd.close()
for _, name in ipairs({ 'document', 'tests' }) do
  said = {}
  vim.fn.search('fn ')
  vim.cmd('Obelus ' .. name)
  wait('what a model is needed for: ' .. name, function() return heard('no model is named') end)
end
said = {}
vim.cmd('Obelus usage')
wait('the spend', function() return heard('this month: 0 requests') end)

vim.cmd('Obelus held')
wait('what was held back', function() return vim.api.nvim_buf_get_name(0):find('obelus://held-back', 1, true) end)
must(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n'):find('dismissed: by%-design'), 'with the dismissal from above')
vim.cmd.close()

vim.cmd('Obelus status')
wait('the status', function() return heard('nothing leaves this machine') end)

-- What a user looks up when something is wrong.
vim.cmd('checkhealth obelus')
local health = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n')
must(health:find('running in ', 1, true) and health:find('obelus doctor', 1, true), health)
must(not health:find('ERROR', 1, true), health)
local doc = vim.fn.globpath(vim.o.runtimepath, 'doc/obelus.txt')
vim.fn.mkdir('help/doc', 'p')
vim.uv.fs_copyfile(doc, 'help/doc/obelus.txt')
vim.cmd.helptags('help/doc')
local tags = table.concat(vim.fn.readfile('help/doc/tags'), '\n')
for _, name in ipairs({ 'review', 'describe', 'commit', 'dismiss', 'explain', 'ask', 'document', 'tests', 'held', 'usage', 'status', 'clear', 'reindex' }) do
  must(tags:find(':Obelus-' .. name, 1, true), 'the help has :Obelus ' .. name)
  must(vim.tbl_contains(complete('Obelus '), name), 'there is :Obelus ' .. name)
end

for _, client in ipairs(vim.lsp.get_clients({ name = 'obelus' })) do client:stop() end
wait('the server stops when asked', function() return #vim.lsp.get_clients({ name = 'obelus' }) == 0 end)
print('neovim ' .. tostring(vim.version()) .. ', the plugin: passed')
