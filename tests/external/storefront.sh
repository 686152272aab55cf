#!/usr/bin/env bash
# The storefront in a real browser: journeys of shoppers over the built binary and the built export, the auditor after each.
#
# SOUK=…/souk names the binary that is tried, with the storefront in it; EXPORT=…/web/storefront/out another storefront; CHROMIUM a
# browser. Pictures of every page are left in
# target/screenshots. Usage: storefront.sh [browse] [buying] [account] [trouble] [keyboard] [hostile] [pages]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
souk=${SOUK:-$here/../../target/debug/souk}
export_folder=${EXPORT:-}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/souk-storefront
work=$(mktemp -d -t souk-storefront-XXXXXX)
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(browse buying account trouble keyboard hostile pages)

say() { printf 'storefront: %s\n' "$*" >&2; }

close_shop() {
    if [ -e "$work/pid" ]; then
        kill "$(cat "$work/pid")" 2>/dev/null || true
        wait 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap close_shop EXIT

# Installed again only when what is asked for has changed; outside of the repository.
install_tools() {
    mkdir -p "$cache"
    cmp -s "$here/storefront/package-lock.json" "$cache/installed.json" && return
    say "installing the browser's remote control into $cache"
    cp "$here/storefront/package.json" "$here/storefront/package-lock.json" "$here/storefront/.npmrc" "$cache/"
    npm ci --prefix "$cache" --ignore-scripts --loglevel=error
    cp "$here/storefront/package-lock.json" "$cache/installed.json"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Nobody is told to slow down, and passwords are cheap to check.
open_shop() {
    [ -z "$export_folder" ] || printf '[storefront]\nexport = "%s"\n' "$(cd "$export_folder" && pwd)" >"$work/souk.toml"
    cat >>"$work/souk.toml" <<TOML
[gateway.limits]
reads = { per_minute = 1000000, burst = 1000000 }
writes = { per_minute = 1000000, burst = 1000000 }
guesses = { per_minute = 1000000, burst = 1000000 }
[user]
password_memory_kib = 1024
TOML
    "$souk" --data "$work/data" --config "$work/souk.toml" up --dev --demo-products 200 --listen "127.0.0.1:$1" >"$work/souk.log" 2>&1 &
    echo $! >"$work/pid"
    for _ in $(seq 300); do
        curl -sf "http://127.0.0.1:$1/readyz" >/dev/null && return
        sleep 0.2
    done
    tail -20 "$work/souk.log" >&2
    return 1
}

install_tools
port=$(free_port)
open_shop "$port"
# The journeys find what they need beside themselves.
mkdir -p "$work/tests/external" "$work/web/storefront"
cp -r "$here/storefront" "$work/tests/external/storefront"
rm -rf "$work/tests/external/storefront/node_modules"
ln -s "$cache/node_modules" "$work/tests/external/storefront/node_modules"
cp -r "$here/../../web/storefront/messages" "$work/web/storefront/messages"
export SOUK_URL="http://localhost:$port"
export SOUK_AUDIT="'$souk' --data '$work/data' --config '$work/souk.toml' audit --wait-seconds 60 >'$work/audit' 2>&1 || { cat '$work/audit'; exit 1; }"
export SCREENSHOTS=${SCREENSHOTS:-$here/../../target/screenshots/}
failed=0
cd "$work/tests/external/storefront"
node --test --test-concurrency=1 --test-timeout=300000 "${files[@]/%/.test.mjs}" || failed=1
if grep '"level":"ERROR"' "$work/souk.log"; then failed=1; fi
[ "$failed" = 0 ] && say "all journeys pass, audits clean"
exit "$failed"
