-- Defines `:Obelus`; everything else is read when it is first used.
if vim.g.loaded_obelus then return end
vim.g.loaded_obelus = true

vim.api.nvim_create_user_command('Obelus', function(given)
  require('obelus').run(given.fargs, given)
end, {
  nargs = '+',
  bang = true,
  range = true,
  desc = 'Review, describe, ask and dismiss with Obelus',
  complete = function(lead, line)
    return require('obelus').complete(lead, line)
  end,
})
