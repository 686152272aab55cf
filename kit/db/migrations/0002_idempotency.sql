-- What was answered to a client's Idempotency-Key; status is null while the request is at work.
create table idempotency (
    scope text not null,
    key text not null,
    fingerprint text not null,
    status bigint,
    content_type text,
    body bytea,
    created_at bigint not null,
    primary key (scope, key)
);
create index idempotency_created on idempotency (created_at);
