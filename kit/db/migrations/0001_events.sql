-- Events on their way out. Written in the batch of the change they tell of; the relay marks them sent.
create table outbox (
    id uuid primary key,
    kind text not null,
    source text not null,
    subject uuid not null,
    sequence bigint not null check (sequence > 0),
    time bigint not null,
    traceparent text,
    data text not null,
    sent_at bigint,
    unique (subject, sequence)
);
create index outbox_unsent on outbox (time, id) where sent_at is null;

-- Events that came in, one row per consumer. A flow marks its row done in the batch of its effect.
create table inbox (
    event uuid not null,
    consumer text not null,
    kind text not null,
    source text not null,
    subject uuid not null,
    sequence bigint not null,
    time bigint not null,
    traceparent text,
    data text not null,
    state text not null default 'pending' check (state in ('pending', 'done', 'dead')),
    attempts bigint not null default 0,
    due_at bigint not null,
    lease_until bigint not null default 0,
    last_error text,
    done_at bigint,
    primary key (event, consumer)
);
create index inbox_pending on inbox (consumer, due_at) where state = 'pending';
-- By subject first: it tells nearly every row apart, so that no plan reads all that waits to find what came before.
create index inbox_heads on inbox (subject, consumer, source, sequence) where state <> 'done';
create index inbox_dead on inbox (event, consumer) where state = 'dead';
