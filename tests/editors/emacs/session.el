;;; session.el --- A user's session in Emacs with eglot  -*- lexical-binding: t -*-
;; The configuration of docs/editors-emacs.md, a changed file opened, the finding seen, its fix applied, saved.
;; usage: OBELUS=/path/to/obelus FILE=/path/to/src/quotes.rs emacs --batch -l session.el
(require 'cl-lib)
(package-initialize)
(require 'eglot)
(require 'flymake)

(defun must (what value)
  (unless value (princ (format "FAILED: %s\n" what)) (kill-emacs 1))
  value)

(defun wait-for (what condition)
  (let ((end (+ (float-time) 20)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (must what value)))

;; Emacs 28 has no mode for Rust; any mode does.
(define-derived-mode rust-mode prog-mode "Rust")
(add-to-list 'auto-mode-alist '("\\.rs\\'" . rust-mode))
(setq eglot-server-programs nil)
(add-to-list 'eglot-server-programs `(prog-mode . (,(getenv "OBELUS") "lsp")))
(setq eglot-sync-connect 10 eglot-confirm-server-initiated-edits nil)

(find-file (getenv "FILE"))
(call-interactively #'eglot)
(wait-for "the server is connected" #'eglot-current-server)
(flymake-start)
(wait-for "the finding is shown" (lambda () (= 1 (length (flymake-diagnostics)))))
(let ((found (car (flymake-diagnostics))))
  (must "it is ours" (string-match-p "The guard is dropped at once" (flymake-diagnostic-text found)))
  (must "it marks the statement"
        (string-prefix-p "let _ = self.writes" (buffer-substring (flymake-diagnostic-beg found) (flymake-diagnostic-end found))))
  (goto-char (flymake-diagnostic-beg found)))

;; The menu is answered as a person would: with the first entry, by the keyboard.
(setq last-nonmenu-event t)
(cl-letf (((symbol-function 'completing-read) (lambda (_ choices &rest _) (caar choices))))
  (eglot-code-actions (point) (point) "quickfix" t))
(wait-for "the fix is applied" (lambda () (string-match-p "let _guard = self.writes" (buffer-string))))
(eglot--signal-textDocument/didChange)
(wait-for "the finding goes" (lambda () (flymake-start) (null (flymake-diagnostics))))
(save-buffer)
(eglot-shutdown (eglot-current-server))
(princ (format "emacs %s, eglot: passed\n" emacs-version))
;;; session.el ends here
