#!/usr/bin/env bash
# Holds everything under deploy/ against whoever knows: Helm's engine, the schemas of Kubernetes and Compose, cfn-lint,
# hadolint, systemd, an emulated AWS. The tools live in a cache folder outside of the repository.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
souk=${SOUK:-$here/../target/debug/souk}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/souk-deploy
export PYTHONDONTWRITEBYTECODE=1

say() { printf 'deploy: %s\n' "$*" >&2; }

install_tools() {
    mkdir -p "$cache"
    cmp -s "$here/check/requirements.txt" "$cache/requirements.txt" && return
    say "installing the tools into $cache"
    rm -rf "$cache/venv"
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/check/requirements.txt"
    cp "$here/check/requirements.txt" "$cache/requirements.txt"
}

# systemd looks whether the binary and the user are there; they are not, on a machine without souk.
units() {
    local folder
    folder=$(mktemp -d -t souk-units-XXXXXX)
    cp "$here"/systemd/*.service "$here"/systemd/*.target "$folder"
    sed -i -e 's#/usr/bin/souk#/bin/true#' -e 's#^User=souk#User=root#' -e 's#^Group=souk#Group=root#' "$folder"/*.service
    systemd-analyze verify "$folder/souk@order.service" "$folder/souk-migrate.service" "$folder/souk.target"
    # 0 is shut, 10 is open; above 5 systemd itself calls a service exposed.
    systemd-analyze security --offline=true --threshold=30 "$folder/souk@.service" | tail -n 1
    rm -rf "$folder"
}

# What the shop itself says of the settings that we hand out: every command reads them first.
settings() {
    "$souk" --config "$here/compose/souk.toml" nginx --output /dev/null 2>&1 && "$python" "$here/check/manifests.py" settings >"$cache/souk.toml" &&
        "$souk" --config "$cache/souk.toml" nginx --output /dev/null
}

failed=0
check() {
    local what=$1
    shift
    if "$@"; then
        say "$what: ok"
    else
        say "$what: FAILED"
        failed=1
    fi
}

install_tools
python=$cache/venv/bin/python
check "CloudFormation" "$cache/venv/bin/cfn-lint" "$here/aws/souk.yaml"
check "Dockerfiles" "$cache/venv/bin/hadolint" "$here/Dockerfile" "$here/nginx/Dockerfile"
check "Compose" "$python" "$here/check/compose.py"
check "Helm chart" "$python" "$here/check/manifests.py"
check "dashboard" "$python" "$here/check/dashboard.py"
if command -v systemd-analyze >/dev/null; then
    check "systemd units" units
else
    say "systemd units: not looked at, there is no systemd-analyze here"
fi
if [ -x "$souk" ]; then
    check "settings" settings
    check "AWS, emulated" "$python" "$here/check/aws.py" "$souk" "$here/aws/souk.yaml"
else
    say "settings and AWS, emulated: build souk first: cargo build --package souk"
    failed=1
fi
exit $failed
