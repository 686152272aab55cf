#!/usr/bin/env bash
# Reads messages of the shop with the CloudEvents SDK for Python: one JSON line in, one out.
#
# The SDK lives in a cache folder outside of the repository and is installed when what is asked for has changed;
# `cloudevents.sh install` does only that.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/souk-external
wanted=$here/cloudevents.txt
export PYTHONDONTWRITEBYTECODE=1

mkdir -p "$cache"
exec 9>"$cache/cloudevents.lock"
flock 9
if ! cmp -s "$wanted" "$cache/cloudevents.txt"; then
    printf 'external: installing the CloudEvents SDK into %s\n' "$cache" >&2
    rm -rf "$cache/cloudevents"
    python3 -m venv "$cache/cloudevents"
    "$cache/cloudevents/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$cache/cloudevents.txt"
fi
flock -u 9
[ "${1:-}" = install ] || exec "$cache/cloudevents/bin/python" "$here/read_cloudevents.py"
