-- Defines `:Obelus`; everything else is read when it is first used.
if vim.g.loaded_obelus then return end
vim.g.loaded_obelus = true

vim.api.nvim_create_user_command('Obelus', function(given)
  require('obelus').run(given.fargs)
end, {
  nargs = '+',
  desc = 'Review, describe and dismiss with Obelus',
  complete = function(lead, line)
    return require('obelus').complete(lead, line)
  end,
})
