#!/usr/bin/env bash
# A fleet on this machine: private PostgreSQL, Redis, RabbitMQ (or a Kafka-protocol broker) and nginx, and replicas of every
# role, all under one folder and on loopback. `up` builds it, `status` shows it, `down` ends it and leaves nothing.
#
#   CLUSTER=folder   where it lives          REPLICAS=2   of each role
#   PORT=8080        nginx's door            BUS=rabbitmq | kafka | direct       CACHE=redis | memory
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
souk=${SOUK:-$root/target/release/souk}
here=$(realpath -m "${CLUSTER:-$root/cluster}")
replicas=${REPLICAS:-2} bus=${BUS:-rabbitmq} cache=${CACHE:-redis} products=${PRODUCTS:-200}
roles=(user product payment order notification gateway)
staff_email=staff@souk.example staff_password=open-sesame-demo-42

say() { printf 'cluster: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# ── ports and processes ────────────────────────────────────────────────────────────────────────────────────────────────

taken=" "
# A free port into $port. Below the range from which the kernel gives ports to connections, so that none is lost again.
pick_port() {
    while :; do
        port=$((10000 + RANDOM % 20000))
        [[ $taken == *" $port "* ]] && continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
        taken+="$port "
        return
    done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

wait_until() { # what, seconds, command…
    local what=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@"; do
        [ $SECONDS -lt $deadline ] || fail "$what did not come up; look into $here/logs"
        sleep 0.1
    done
}

# Starts a process in a folder of the cluster and writes its number down: launch NAME FOLDER COMMAND…
launch() {
    local name=$1 folder=$2
    shift 2
    (cd "$folder" && exec setsid "$@" </dev/null >>"$here/logs/$name.log" 2>&1 9>&-) &
    echo $! >"$here/pids/$name"
}

# A number may have been given to somebody else meanwhile: ours work in folders of the cluster.
is_ours() { [[ $(readlink "/proc/$1/cwd" 2>/dev/null) == "$here"* ]]; }

# Asks the processes to end and waits for them; after a minute they are ended.
stop_all() { # signal, names…
    local signal=$1 name pid deadline=$((SECONDS + 60)) waiting=()
    shift
    for name in "$@"; do
        pid=$(cat "$here/pids/$name" 2>/dev/null) || continue
        is_ours "$pid" && kill "-$signal" "$pid" 2>/dev/null && waiting+=("$pid")
        rm -f "$here/pids/$name"
    done
    for pid in "${waiting[@]}"; do
        while is_ours "$pid"; do
            [ $SECONDS -lt $deadline ] || { say "process $pid does not end; killing it"; kill -KILL "$pid" 2>/dev/null || true; }
            sleep 0.1
        done
    done
}

named() { (cd "$here/pids" 2>/dev/null && compgen -G "$1") || true; }

# ── what the fleet stands on ───────────────────────────────────────────────────────────────────────────────────────────

as_postgres() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

postgres_bin() { ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1; }

start_postgres() {
    local data=$here/postgres/data
    mkdir "$here/postgres"
    printf '%s' "$password" >"$here/postgres/password"
    if [ "$(id -u)" = 0 ]; then
        chown -R postgres:postgres "$here/postgres"
        # The server refuses to run as root, so its own user must get through to its folder.
        as_postgres test -x "$here/postgres" || fail "the user postgres cannot enter $here: choose another CLUSTER=folder"
    fi
    pick_port
    # In clear, since it never leaves this machine: proving it by SCRAM costs a debug build's processors too much.
    (cd "$here/postgres" && as_postgres "$(postgres_bin)/initdb" --no-sync --auth=password --username=souk --encoding=UTF8 \
        --locale=C --pwfile="$here/postgres/password" -D "$data" >/dev/null)
    rm "$here/postgres/password"
    launch postgres "$here/postgres" "${setpriv[@]}" "$(postgres_bin)/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c max_connections=400
    wait_until PostgreSQL 30 listens "$port"
    database_url="postgres://souk:$password@127.0.0.1:$port/souk_{name}"
}

start_redis() {
    mkdir "$here/redis"
    pick_port
    # A cache: what does not fit goes, and nothing is written to disk. The password is not for the process list.
    printf 'port %s\nbind 127.0.0.1\nrequirepass %s\nsave ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy allkeys-lru\n' \
        "$port" "$password" >"$here/redis/redis.conf"
    launch redis "$here/redis" redis-server "$here/redis/redis.conf"
    wait_until Redis 20 listens "$port"
    settings+=$'\n'"[redis]"$'\n'"url = \"redis://default:$password@127.0.0.1:$port\""$'\n'
}

start_rabbitmq() {
    local home=$here/rabbitmq amqp dist epmd
    mkdir "$home"
    pick_port; amqp=$port
    pick_port; dist=$port
    pick_port; epmd=$port
    echo "$epmd" >"$home/epmd-port"
    echo '[].' >"$home/plugins"
    # The guest of a new broker is let in from this machine only, and has a password of this cluster.
    printf 'loopback_users.guest = true\ndefault_pass = %s\n' "$password" >"$home/rabbitmq.conf"
    : >"$home/env.conf"
    launch rabbitmq "$home" env HOME="$home" RABBITMQ_NODENAME="souk-$amqp@localhost" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
        RABBITMQ_NODE_PORT="$amqp" RABBITMQ_DIST_PORT="$dist" ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_MNESIA_BASE="$home/data" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$home/plugins" RABBITMQ_PID_FILE="$home/pid" RABBITMQ_CONF_ENV_FILE="$home/env.conf" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+sbwt none -kernel inet_dist_use_interface {127,0,0,1}' \
        /usr/lib/rabbitmq/bin/rabbitmq-server
    wait_until RabbitMQ 90 listens "$amqp"
    settings+=$'\n'"[bus]"$'\n'"transport = \"rabbitmq\""$'\n'"url = \"amqp://guest:$password@127.0.0.1:$amqp/%2f\""$'\n'
}

# No Apache Kafka can be had from Debian: the broker of tools/kafka-broker stands in, which forgets at its end.
start_kafka() {
    local broker=$root/target/kafka-broker/debug/souk-kafka-broker
    make --no-print-directory -C "$root" kafka-broker >&2
    mkdir "$here/kafka"
    pick_port
    launch kafka "$here/kafka" "$broker" "127.0.0.1:$port"
    wait_until "the broker" 20 listens "$port"
    settings+=$'\n'"[bus]"$'\n'"transport = \"kafka\""$'\n'"brokers = \"127.0.0.1:$port\""$'\n'
}

# ── the fleet ──────────────────────────────────────────────────────────────────────────────────────────────────────────

declare -A internal public
write_config() {
    local role n urls
    printf '# The fleet of tools/cluster.sh.\n[database]\nengine = "postgres"\nurl = "%s"\n' "$database_url"
    printf '\n[gateway]\ntrusted_proxies = ["127.0.0.1"]\n'
    printf '\n[product]\npurge_urls = ["http://127.0.0.1:%s"]\n' "$purge_port"
    printf '\n[notification]\nshop_url = "http://127.0.0.1:%s"\n' "$door"
    printf '%s\n[peers]\n' "$settings"
    for role in "${roles[@]}"; do
        urls=
        for n in $(seq "$replicas"); do
            urls+="${urls:+, }\"http://127.0.0.1:${internal[$role-$n]}\""
        done
        printf '%s = [%s]\n' "$role" "$urls"
    done
}

# The console of the cluster: the same shop, with a folder of its own.
console() {
    RUST_LOG=warn SOUK_INTERNAL_SECRET_FILE=$here/internal.secret "$souk" --data "$here/console" --config "$here/souk.toml" "$@"
}

seed() {
    console migrate >/dev/null
    console seed --products "$products" >&2
    console staff create --email "$staff_email" <<<"$staff_password" >/dev/null
}

start_roles() {
    local role n name door_of
    for role in "${roles[@]}"; do
        for n in $(seq "$replicas"); do
            name=$role-$n door_of=()
            mkdir -p "$here/roles/$name"
            [ "$role" = gateway ] && door_of=(--listen "127.0.0.1:${public[$name]}")
            SOUK_INTERNAL_LISTEN=127.0.0.1:${internal[$name]} SOUK_INTERNAL_SECRET_FILE=$here/internal.secret \
                launch "role-$name" "$here/roles/$name" "$souk" --data "$here/roles/$name" --config "$here/souk.toml" \
                up --dev --role "$role" "${door_of[@]}"
        done
    done
}

start_nginx() {
    local n gateways=() user=()
    mkdir "$here/nginx"
    for n in $(seq "$replicas"); do gateways+=(--gateway "127.0.0.1:${public[gateway-$n]}"); done
    # As somebody else the workers could not look into the cluster's private folder.
    [ "$(id -u)" = 0 ] && user=(--user root)
    console nginx "${gateways[@]}" "${user[@]}" --listen "127.0.0.1:$door" --folder "$here/nginx" \
        --purge-listen "127.0.0.1:$purge_port" --output "$here/nginx/nginx.conf"
    launch nginx "$here/nginx" "$(PATH=$PATH:/usr/sbin command -v nginx)" -g 'daemon off;' -e "$here/nginx/error.log" \
        -c "$here/nginx/nginx.conf"
    wait_until nginx 10 listens "$door"
}

ready() { curl --silent --fail --noproxy '*' --output /dev/null "http://127.0.0.1:$1/readyz"; }

up() {
    [ ! -e "$here/.souk-cluster" ] || fail "a cluster is in $here already: make cluster-down"
    [ ! -e "$here" ] || [ -z "$(ls -A "$here")" ] || fail "$here holds something else"
    [ -x "$souk" ] || fail "$souk is missing: make build"
    "$root/tools/setup.sh" cluster
    door=${PORT:-8080}
    ! listens "$door" || fail "port $door is taken: say PORT=…"
    mkdir -p "$here"
    touch "$here/.souk-cluster"
    # Others may pass through to the folders that are theirs, and read nothing.
    chmod 0711 "$here"
    mkdir -m 0700 "$here/logs" "$here/pids" "$here/roles"
    # Whatever goes wrong from here on, nothing is left running; the logs stay for a look.
    trap 'code=$?; [ $code = 0 ] || { stop_everything; say "stopped; its logs are in $here/logs, make cluster-down removes them"; }' EXIT
    umask 077
    password=$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')
    od -An -N 32 -tx1 /dev/urandom | tr -d ' \n' >"$here/internal.secret"
    setpriv=()
    [ "$(id -u)" != 0 ] || setpriv=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    settings=
    start_postgres
    [ "$cache" = memory ] || start_redis
    case $bus in
    rabbitmq) start_rabbitmq ;;
    kafka) start_kafka ;;
    direct) ;;
    *) fail "BUS=$bus is none of rabbitmq, kafka, direct" ;;
    esac
    for role in "${roles[@]}"; do
        for n in $(seq "$replicas"); do
            pick_port; internal[$role-$n]=$port
            [ "$role" != gateway ] || { pick_port; public[$role-$n]=$port; }
        done
    done
    pick_port; purge_port=$port
    write_config >"$here/souk.toml"
    # Before the seed, which tells it of the first products already.
    start_nginx
    seed
    start_roles
    for n in $(seq "$replicas"); do wait_until "gateway $n" 60 ready "${public[gateway-$n]}"; done
    wait_until "the shop" 30 ready "$door"
    console status || true
    cat <<TEXT

shop           http://127.0.0.1:$door/
API reference  http://127.0.0.1:$door/docs
mailbox        http://127.0.0.1:$door/dev/mailbox
staff login    $staff_email / $staff_password
folder         $here  (logs, settings, data)

make cluster-status shows the table again; make cluster-down ends all of it.
TEXT
}

# From the outside in, so that nobody calls who is not there any more.
stop_everything() {
    stop_all QUIT $(named 'nginx')
    stop_all TERM $(named 'role-gateway-*')
    stop_all TERM $(named 'role-*')
    stop_all TERM $(named 'rabbitmq') $(named 'kafka') $(named 'redis')
    # The port mapper of Erlang outlives the broker that started it.
    if [ -e "$here/rabbitmq/epmd-port" ]; then
        ERL_EPMD_PORT=$(cat "$here/rabbitmq/epmd-port") epmd -kill >/dev/null 2>&1 || true
    fi
    # INT: cuts connections and writes a checkpoint.
    stop_all INT $(named 'postgres')
}

down() {
    [ -e "$here/.souk-cluster" ] || { say "there is no cluster in $here"; return; }
    stop_everything
    rm -rf "$here"
    say "gone: $here"
}

case ${1:-} in
up) up ;;
down) down ;;
status) [ -e "$here/.souk-cluster" ] || fail "there is no cluster in $here"; console status ;;
*) say "cluster.sh up|down|status"; exit 2 ;;
esac
