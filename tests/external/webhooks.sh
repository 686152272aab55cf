#!/usr/bin/env bash
# Verifies deliveries of webhooks with the reference libraries of Standard Webhooks, for Python and for Node: one JSON line
# in (secret, headers, body), the type of its event out, from each.
#
# The libraries live in a cache folder outside of the repository and are installed when what is asked for has changed;
# `webhooks.sh install` does only that.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/souk-external
home=$cache/webhooks
export PYTHONDONTWRITEBYTECODE=1

mkdir -p "$cache"
exec 9>"$cache/webhooks.lock"
flock 9
wanted=$(cat "$here/webhooks.txt" "$here/webhooks/package.json")
if [ "$wanted" != "$(cat "$home/wanted" 2>/dev/null)" ]; then
    printf 'external: installing the Standard Webhooks libraries into %s\n' "$home" >&2
    rm -rf "$home"
    python3 -m venv "$home/venv"
    "$home/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/webhooks.txt"
    cp "$here/webhooks/package.json" "$home/package.json"
    npm install --prefix "$home" --silent --no-audit --no-fund
    printf '%s\n' "$wanted" >"$home/wanted"
fi
flock -u 9
[ "${1:-}" = install ] && exit
told=$(cat)
"$home/venv/bin/python" "$here/webhooks/verify.py" <<<"$told"
node "$here/webhooks/verify.js" "$home/package.json" <<<"$told"
