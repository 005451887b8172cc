-- The server for `vim.lsp.enable('obelus')`. Anything here can be changed with `vim.lsp.config('obelus', { … })`.
return {
  cmd = { 'obelus', 'lsp' },
  root_markers = { 'obelus.toml', '.git' },
  -- No list of file types: what is not code is reviewed too (secrets, merge conflicts, configuration).
  init_options = { status = true },
  handlers = {
    ['obelus/status'] = function(_, status, context)
      require('obelus').on_status(context.client_id, status)
    end,
  },
}
