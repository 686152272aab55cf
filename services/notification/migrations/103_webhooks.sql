-- Where merchants want to be told of events. A removed one stays as a row, for what was sent to it is not forgotten.
create table webhooks (
    id uuid primary key,
    url text not null,
    description text not null,
    state text not null check (state in ('enabled', 'disabled', 'removed')),
    disabled_reason text,
    secret text not null,
    -- Signs beside the new one until then.
    old_secret text,
    old_secret_until bigint not null default 0,
    version bigint not null default 1,
    created_at bigint not null,
    updated_at bigint not null
);

-- Which events each of them hears of.
create table webhook_kinds (
    webhook uuid not null references webhooks (id),
    kind text not null,
    primary key (webhook, kind)
);

-- What is sent, once for all who hear of it. `deliveries` says how many rows below tell of this event, for the auditor.
create table webhook_events (
    id uuid primary key,
    kind text not null,
    subject uuid not null,
    sequence bigint not null,
    happened_at bigint not null,
    body text not null,
    deliveries bigint not null default 0 check (deliveries >= 0),
    traceparent text
);

-- An event on its way to one address. Of a subject the first that is pending goes first; the others wait for it.
create table webhook_deliveries (
    webhook uuid not null references webhooks (id),
    event uuid not null references webhook_events (id) on delete cascade,
    subject uuid not null,
    sequence bigint not null,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'parked')),
    -- Of the present round; a replay begins a new one.
    attempts bigint not null default 0 check (attempts >= 0),
    replays bigint not null default 0 check (replays >= 0),
    due_at bigint not null,
    lease_until bigint not null default 0,
    -- What became of the last attempt.
    last_status bigint,
    last_duration_ms bigint,
    last_response text,
    last_error text,
    created_at bigint not null,
    delivered_at bigint,
    primary key (webhook, event),
    check ((state = 'delivered') = (delivered_at is not null))
);
create index webhook_deliveries_due on webhook_deliveries (webhook, due_at) where state = 'pending';
create index webhook_deliveries_order on webhook_deliveries (webhook, subject, sequence) where state = 'pending';
create index webhook_deliveries_parked on webhook_deliveries (webhook, event) where state = 'parked';
create index webhook_deliveries_event on webhook_deliveries (event);
