#!/usr/bin/env bash
# The storefront, from its sources in web/ to web/out, which the binary is compiled with. It is built again only when a source
# has changed. Without a fitting Node it is left out, and the binary shows its start page.
#
#   web.sh build       what `make run` and `make test` do; --must: fails without Node
#   web.sh node        the deployment on Node (docs/guides/storefront.md), for the bench
#   web.sh client      writes web/api anew from `souk openapi` (SOUK=…/souk)
#   web.sh check       types, texts, and whether web/api is what `souk openapi` says
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
souk=${SOUK:-$root/target/debug/souk}
app=$root/web/storefront api=$root/web/api
# Next.js says which Node it runs on.
node_min=20.9.0

say() { printf 'web: %s\n' "$*" >&2; }

have_node() {
    command -v npm >/dev/null && command -v node >/dev/null &&
        [ "$(printf '%s\n%s\n' "$node_min" "$(node -p process.versions.node)" | sort -V | head -n 1)" = "$node_min" ]
}

# Once for each lock file.
install() {
    cmp -s "$1/package-lock.json" "$1/node_modules/.installed" && return
    say "installing what ${1#"$root/"} is made with"
    npm ci --prefix "$1" --ignore-scripts --loglevel=error >&2
    cp "$1/package-lock.json" "$1/node_modules/.installed"
}

sources() {
    (cd "$root/web" && find storefront api/src -type f -not -path '*/node_modules/*' -not -path 'storefront/.next*/*' \
        -not -path 'storefront/out/*' -not -name 'next-env.d.ts' -not -name '*.tsbuildinfo' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

build() {
    local stamp=$root/target/web-sources now
    now=$(sources)
    [ -e "$root/web/out/server/home.html" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return
    if ! have_node; then
        say "the storefront needs Node $node_min or newer and npm: please install them"
        [ "${1:-}" != --must ] || exit 1
        say "until then / shows a plain start page"
        return
    fi
    install "$app"
    say "building the storefront (about half a minute)"
    if ! (cd "$app" && NEXT_TELEMETRY_DISABLED=1 npm run build) >"$app/out.log" 2>&1; then
        tail -40 "$app/out.log" >&2
        exit 1
    fi
    rm "$app/out.log"
    mkdir -p "$root/target"
    echo "$now" >"$stamp"
}

on_node() {
    local stamp=$root/target/web-node-sources now
    now=$(sources)
    [ -e "$app/.next-node/BUILD_ID" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return
    have_node || { say "needs Node $node_min or newer and npm"; exit 1; }
    install "$app"
    say "building the storefront for Node (about half a minute)"
    (cd "$app" && SOUK_NODE=1 NEXT_TELEMETRY_DISABLED=1 npx next build) >&2
    mkdir -p "$root/target"
    echo "$now" >"$stamp"
}

client() {
    install "$api"
    "$souk" openapi >"$api/openapi.json"
    (cd "$api" && npm run --silent generate) >/dev/null
}

check() {
    install "$app"
    (cd "$app" && npm run --silent check)
    local before after
    before=$(cd "$api" && cat openapi.json src/*.ts src/*/*.ts | sha256sum)
    client
    after=$(cd "$api" && cat openapi.json src/*.ts src/*/*.ts | sha256sum)
    [ "$before" = "$after" ] || { say "the API has changed: web/api is written anew, please look at it and commit it"; exit 1; }
    say "types, texts and the API's client hold together"
}

command=${1:-build}
shift || true
case $command in
build | client | check) "$command" "$@" ;;
node) on_node ;;
*) say "web.sh build|node|client|check"; exit 2 ;;
esac
