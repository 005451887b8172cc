#!/bin/bash
source "$DIR/lib.sh"
. ./other.sh

LIMIT=3
export PATH_EXTRA="/x"

# Says it.
say() {
  local text="$1" other
  text2=$(format "$text" "${LIMIT}")
  for item in "$@"; do log "$item" "$PATH_EXTRA"; done
}

function main { say "hi" && exit 0; }
main "$@"
