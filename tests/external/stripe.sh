#!/usr/bin/env bash
# Stands in for Stripe in tests: `stripe.sh serve PORT` is localstripe on that port, `stripe.sh sign` makes webhook
# signatures with Stripe's own SDK, `stripe.sh install` only installs both.
#
# They live in a cache folder outside of the repository and are installed when what is asked for has changed. localstripe
# is under the GPL: it runs as a process of its own, and nothing of it is kept here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/souk-external
wanted=$here/stripe.txt
export PYTHONDONTWRITEBYTECODE=1

mkdir -p "$cache"
exec 9>"$cache/stripe.lock"
flock 9
if ! cmp -s "$wanted" "$cache/stripe.txt"; then
    printf 'external: installing localstripe and the Stripe SDK into %s\n' "$cache" >&2
    rm -rf "$cache/stripe"
    python3 -m venv "$cache/stripe"
    "$cache/stripe/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >&2
    cp "$wanted" "$cache/stripe.txt"
fi
flock -u 9
exec 9>&-
case ${1:-} in
install) ;;
serve) exec "$cache/stripe/bin/localstripe" --port "$2" --from-scratch ;;
sign) exec "$cache/stripe/bin/python" "$here/sign_stripe.py" ;;
*)
    printf 'stripe.sh install | serve PORT | sign\n' >&2
    exit 2
    ;;
esac
