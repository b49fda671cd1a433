#!/usr/bin/env bash
# Puts locked, hashed requirements and the project itself into an environment, making it first if need be.
#   tools/set_up.sh VENV REQUIREMENTS...
# The locks are complete, so nothing is looked for beyond them (--no-deps).
# uv is used where it is found; plain pip works too. PYTHON=... names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
shift

fits() { "$1" -c 'import sys, venv, ensurepip, sqlite3; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

find_python() {
  local name place
  for name in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
    # All places of the path, not the first alone: that one may be a shim without an interpreter behind it.
    while IFS= read -r place; do
      if fits "$place"; then
        echo "$place"
        return
      fi
    done < <(type -aP "$name")
  done
  return 1
}

if ! "$venv/bin/python" -c 'pass' 2>/dev/null; then
  rm -rf "$venv"
  if python=$(find_python); then
    echo "set-up: environment $venv with $("$python" -V) ($python)"
    "$python" -m venv "$venv"
  elif command -v uv >/dev/null; then
    uv venv --quiet --seed --python "${PYTHON:->=3.11,<3.14}" "$venv"
  else
    {
      echo "No Python 3.11, 3.12 or 3.13 with venv was found${PYTHON:+ (asked for: $PYTHON)}."
      echo "On Debian and Ubuntu: sudo apt install python3-venv. Elsewhere: PYTHON=/path/to/python3.12 make setup"
    } >&2
    exit 1
  fi
fi

wanted=()
for file in "$@"; do wanted+=(-r "$file"); done
echo "set-up: $(cat "$@" | grep -c '^[a-z0-9].*==') locked packages from $* (a few minutes the first time)"
started=$SECONDS
with_uv() {
  command -v uv >/dev/null || return 1
  # The system's own certificates: a company's proxy is known there and nowhere else.
  UV_SYSTEM_CERTS=1 uv pip install --quiet --python "$venv/bin/python" --require-hashes --no-deps --compile-bytecode "${wanted[@]}" && return
  echo "set-up: uv could not, going on with pip"
  return 1
}
if ! with_uv; then
  "$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off --require-hashes --no-deps "${wanted[@]}" |
    sed -un 's/^Collecting \([^ ;=]*\)==\([^ ;]*\).*/  \1 \2/p'
fi
# The project itself, without looking for anything outside: what it needs is in by now.
"$venv/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --no-index --editable .
"$venv/bin/python" -m compileall -q src/goldloop || true # a faster first start; never a reason to stop
echo "set-up: done in $((SECONDS - started)) s"
