" A user's session in Vim with ALE: the configuration of docs/editors-vim.md, a changed file opened, the finding seen, its
" fix applied, saved. Needs a terminal: ALE asks in its own menu.
" usage: OBELUS=/path/to/obelus FILE=/path/to/src/quotes.rs OUT=/path/to/answers vim -u NONE -N -S session.vim
set nocompatible nomore hidden noswapfile
function! Say(text) abort
  call writefile([a:text], $OUT, 'a')
endfunction
function! Fail(what) abort
  call Say('FAILED: ' . a:what . ' ' . string(ale#engine#GetLoclist(bufnr(''))))
  cquit
endfunction
function! WaitFor(what, condition) abort
  for l:turn in range(800)
    if eval(a:condition) | return | endif
    sleep 25m
  endfor
  call Fail(a:what)
endfunction

set runtimepath+=$ALE
filetype plugin on
runtime! plugin/ale.vim

let g:ale_linters = {'rust': ['obelus']}
call ale#linter#Define('rust', {
\   'name': 'obelus', 'lsp': 'stdio', 'executable': $OBELUS, 'command': '%e lsp',
\   'project_root': {buffer -> fnamemodify(finddir('.git', expand('#' . buffer . ':p:h') . ';'), ':p:h:h')},
\ })

execute 'edit' $FILE
setlocal filetype=rust
ALELint
call WaitFor('the finding is shown', 'len(ale#engine#GetLoclist(bufnr(""))) == 1')
let g:found = ale#engine#GetLoclist(bufnr(''))[0]
if g:found.text !~# 'The guard is dropped at once' | call Fail('it is ours') | endif
call cursor(g:found.lnum, g:found.col)
call feedkeys(":ALECodeAction\<CR>", 'n')
let g:turn = 0
function! Answer(timer) abort
  if getline(g:found.lnum) =~# 'let _guard = self.writes'
    silent write
    call Say('passed')
    qall!
  endif
  let g:turn += 1
  " The menu's first entry, as often as it takes until the menu is there.
  if g:turn % 20 == 0 | call feedkeys("1\<CR>", 'n') | endif
  if g:turn > 400 | call Fail('the fix is applied') | endif
endfunction
call timer_start(50, 'Answer', {'repeat': -1})
