#!/usr/bin/env bash
# The API as strangers see it: spectral reads its description, schemathesis tries whether it is true.
#
# A guest, a customer and a member of staff each visit a shop of their own, so that none disturbs another;
# afterwards each shop must pass its audit. The tools live in a cache folder outside of the repository.
# Usage: api.sh [guest] [customer] [staff]
# EXAMPLES=20 cases per operation are made up, the same ones every time; SEED=7 makes up others.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
souk=${SOUK:-$here/../../target/debug/souk}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/souk-external
examples=${EXAMPLES:-20}
chance=(--generation-deterministic)
[ -z "${SEED:-}" ] || chance=(--seed "$SEED")
visitors=("$@")
[ ${#visitors[@]} -gt 0 ] || visitors=(guest customer staff)
work=$(mktemp -d -t souk-external-XXXXXX)
export PYTHONDONTWRITEBYTECODE=1

say() { printf 'external: %s\n' "$*" >&2; }

close_all() {
    local file
    for file in "$work"/*/pid; do
        [ -e "$file" ] && kill "$(cat "$file")" 2>/dev/null
    done
    wait
    rm -rf "$work"
}
trap close_all EXIT

# Both tools are installed again only when what is asked for has changed.
install_tools() {
    mkdir -p "$cache"
    if ! cmp -s "$here/requirements.txt" "$cache/requirements.txt"; then
        say "installing schemathesis into $cache"
        rm -rf "$cache/venv"
        python3 -m venv "$cache/venv"
        "$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
        cp "$here/requirements.txt" "$cache/requirements.txt"
    fi
    if ! cmp -s "$here/package.json" "$cache/node/installed.json"; then
        say "installing spectral into $cache"
        rm -rf "$cache/node"
        mkdir -p "$cache/node"
        cp "$here/package.json" "$cache/node/package.json"
        npm install --prefix "$cache/node" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
        cp "$here/package.json" "$cache/node/installed.json"
    fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Opens the shop of one visitor: nobody is told to slow down, and passwords are cheap to check.
open_shop() {
    local folder=$1 port=$2
    cat >"$folder/souk.toml" <<'TOML'
[gateway.limits]
reads = { per_minute = 1000000, burst = 1000000 }
writes = { per_minute = 1000000, burst = 1000000 }
guesses = { per_minute = 1000000, burst = 1000000 }
webhooks = { per_minute = 1000000, burst = 1000000 }
[user]
password_memory_kib = 1024
TOML
    local shop=("$souk" --data "$folder/data" --config "$folder/souk.toml")
    "${shop[@]}" up --dev --demo-products 40 --listen "127.0.0.1:$port" >"$folder/souk.log" 2>&1 &
    echo $! >"$folder/pid"
    for _ in $(seq 300); do
        if curl -sf "http://127.0.0.1:$port/readyz" >/dev/null; then
            echo "correct-horse-battery-staple" | "${shop[@]}" staff create --email boss@shop.example >>"$folder/souk.log" 2>&1
            return
        fi
        sleep 0.2
    done
    tail -20 "$folder/souk.log" >&2
    return 1
}

# Which operations a visitor tries, and as whom. Left out for all: /dev/…, which is no part of the real API.
# Left out for who has signed in: signing out and changing the password, since the first success would make a
# guest of the visitor and everything after it would be tried in vain. The guest tries these operations, and
# the visitor tries them last.
try_all() {
    local visitor=$1 folder=$2 url=$3 failed=0 options=(--exclude-path-regex '^/dev/')
    cp "$here/schemathesis.toml" "$folder/config.toml"
    if [ "$visitor" = guest ]; then
        run_schemathesis "$folder" "$url" "$examples" "${options[@]}"
        return
    fi
    python3 "$here/visitor.py" "$url" "$visitor" "$folder" || return 1
    # What is Ada's must not be shown to Eve.
    local who='user = "ada"\npeers = ["ada", "eve"]'
    [ "$visitor" = customer ] || who='user = "staff"'
    printf '\n[auth.wfc]\npath = "%s"\n%b\n' "$folder/auth.json" "$who" >>"$folder/config.toml"
    local last=(change_password log_out log_out_everywhere) operation
    for operation in "${last[@]}"; do options+=(--exclude-operation-id "$operation"); done
    export SOUK_VISITOR
    SOUK_VISITOR=$(cat "$folder/visitor")
    run_schemathesis "$folder" "$url" "$examples" "${options[@]}" || failed=1
    options=()
    for operation in "${last[@]}"; do options+=(--include-operation-id "$operation"); done
    run_schemathesis "$folder" "$url" 5 "${options[@]}" || failed=1
    return $failed
}

run_schemathesis() {
    local folder=$1 url=$2 cases=$3
    shift 3
    (cd "$folder" && SCHEMATHESIS_HOOKS="$here/hooks.py" "$cache/venv/bin/schemathesis" \
        --config-file "$folder/config.toml" run "$url/openapi.json" --checks all --max-examples "$cases" \
        "${chance[@]}" --continue-on-failure --no-shrink --warnings off --no-color "$@")
}

visit() {
    local visitor=$1 folder=$work/$1 port failed=0
    port=$(free_port)
    open_shop "$folder" "$port" || return 1
    if [ "$visitor" = "${visitors[0]}" ]; then
        curl -sf "http://127.0.0.1:$port/openapi.json" >"$folder/openapi.json"
        "$cache/node/node_modules/.bin/spectral" lint --ruleset "$here/spectral.yaml" --fail-severity error \
            --display-only-failures "$folder/openapi.json" || failed=1
    fi
    try_all "$visitor" "$folder" "http://127.0.0.1:$port" || failed=1
    "$souk" --data "$folder/data" --config "$folder/souk.toml" audit --wait-seconds 60 || failed=1
    if grep '"level":"ERROR"' "$folder/souk.log"; then failed=1; fi
    return $failed
}

install_tools
begun=$SECONDS
declare -A visits
for visitor in "${visitors[@]}"; do
    mkdir "$work/$visitor"
    visit "$visitor" >"$work/$visitor/out" 2>&1 &
    visits[$visitor]=$!
done
failed=0
for visitor in "${visitors[@]}"; do
    if wait "${visits[$visitor]}"; then
        say "$visitor: $(grep -hE 'generated' "$work/$visitor/out" | tr -s ' ' | paste -sd ';'), audit clean"
    else
        failed=1
        cat "$work/$visitor/out"
        say "$visitor: FAILED"
    fi
done
say "done in $((SECONDS - begun)) s"
exit $failed
