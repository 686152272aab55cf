#!/usr/bin/env bash
# Makes sure that what a command needs is there. Installs what it may, says in one line what it may not.
set -euo pipefail

need=${1:-run}

say() { printf 'souk: %s\n' "$*" >&2; }

apt_install() {
    if ! command -v apt-get >/dev/null; then
        say "please install: $*"
        exit 1
    fi
    sudo=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { say "please run as root: apt-get install $*"; exit 1; }
        sudo=sudo
    fi
    say "installing $*"
    # The packages' own daemons must not start: tests bring up private servers of their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
        $sudo chmod +x "$policy"
        trap '$sudo rm -f "$policy"' EXIT
    fi
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# A server that some tests stand on. Where it cannot be had they are skipped by name; in CI nothing may be.
install_engine() {
    (apt_install "$@") && return
    [ "${CI:-}" != true ] || exit 1
    say "$* could not be installed; the tests that need it will be skipped"
}

# Debian keeps nginx where only root looks.
have_nginx() {
    [ -x /usr/sbin/nginx ] && [ -e /usr/lib/nginx/modules/ngx_http_cache_purge_module.so ]
}

command -v cargo >/dev/null || { say "please install Rust 1.95 or newer, with rustup"; exit 1; }
command -v cc >/dev/null || apt_install gcc libc6-dev
command -v git >/dev/null || apt_install git

case $need in
run) ;;
test)
    for component in clippy rustfmt; do
        cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
    done
    cargo nextest --version >/dev/null 2>&1 || { say "building cargo-nextest"; cargo install cargo-nextest --locked --quiet; }
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || install_engine postgresql
    id postgres >/dev/null 2>&1 || install_engine postgresql
    command -v redis-server >/dev/null || install_engine redis-server
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || install_engine rabbitmq-server
    # librdkafka is compiled, with zlib.
    command -v c++ >/dev/null || apt_install g++
    command -v make >/dev/null || apt_install make
    # The shop behind a proxy: nginx with its purge module, and a certificate for it.
    have_nginx || install_engine nginx-light libnginx-mod-http-cache-purge
    command -v openssl >/dev/null || apt_install openssl
    # The external tests: schemathesis from PyPI, spectral from npm.
    missing=()
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    command -v curl >/dev/null || missing+=(curl)
    # Shoppers try the storefront in a real browser.
    command -v chromium >/dev/null || missing+=(chromium)
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
    # What brokers carry is read by the CloudEvents SDK for Python.
    "$(dirname "${BASH_SOURCE[0]}")/../tests/external/cloudevents.sh" install
    # Stripe is played by localstripe, and its webhooks are signed by its own SDK.
    "$(dirname "${BASH_SOURCE[0]}")/../tests/external/stripe.sh" install
    ;;
cluster)
    missing=()
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
    have_nginx || missing+=(nginx-light libnginx-mod-http-cache-purge)
    command -v curl >/dev/null || missing+=(curl)
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
    ;;
bench)
    missing=()
    command -v nginx >/dev/null || missing+=(nginx-light)
    command -v wrk >/dev/null || missing+=(wrk)
    ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 || missing+=(postgresql)
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
    ;;
*)
    say "setup.sh run|test|cluster|bench"
    exit 2
    ;;
esac
