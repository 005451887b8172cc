-- `:checkhealth obelus`: what works here and what does not.
local M = {}

local health = vim.health

function M.check()
  health.start('Obelus')
  if vim.fn.has('nvim-0.11') == 0 then
    return health.error('Neovim 0.11 or later is needed', { 'or start the server with vim.lsp.start(); see :help obelus' })
  end
  health.ok('Neovim ' .. tostring(vim.version()))

  local config = vim.lsp.config.obelus or {}
  local cmd = type(config.cmd) == 'table' and config.cmd[1] or 'obelus'
  if vim.fn.executable(cmd) == 0 then
    return health.error('`' .. cmd .. '` is not on the PATH', {
      'cargo install --path server/app',
      "or name it: vim.lsp.config('obelus', { cmd = { '/path/to/obelus', 'lsp' } })",
    })
  end
  local version = vim.fn.system({ cmd, '--version' })
  if vim.v.shell_error ~= 0 or not vim.startswith(version, 'obelus ') then
    return health.error('`' .. cmd .. ' --version` does not say that it is Obelus: ' .. vim.trim(version))
  end
  health.ok(vim.trim(version) .. ': ' .. vim.fn.exepath(cmd))

  if vim.lsp.is_enabled and not vim.lsp.is_enabled('obelus') then
    health.warn('the server is not enabled', { "vim.lsp.enable('obelus')" })
  end
  local clients = vim.lsp.get_clients({ name = 'obelus' })
  if #clients == 0 then
    health.info('not running: open a file inside a git repository')
  end
  for _, client in ipairs(clients) do
    health.ok(('running in %s, for %d buffers'):format(client.root_dir or 'no folder', #vim.tbl_keys(client.attached_buffers)))
  end

  local doctor = vim.fn.system({ cmd, 'doctor', '--format', 'json', '-C', vim.fn.getcwd() })
  local ok, answer = pcall(vim.json.decode, doctor)
  if not ok then return end
  health.start('obelus doctor')
  local say = { ok = health.ok, note = health.info }
  for _, check in ipairs(answer.checks) do
    local hint = type(check.hint) == 'string' and { check.hint } or nil
    local text = check.name .. ': ' .. check.message
    if say[check.state] then say[check.state](text) else health.warn(text, hint) end
  end
end

return M
