-- One row per order and attempt. Amounts are minor units of `currency`.
create table payments (
    id uuid primary key,
    order_id uuid not null,
    attempt bigint not null check (attempt > 0),
    number text not null,
    provider text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    state text not null check (state in ('authorizing', 'needs_buyer', 'unknown', 'authorized', 'declined',
        'captured', 'partially_refunded', 'refunded', 'voided')),
    authorized bigint not null default 0,
    captured bigint not null default 0,
    -- Given back, and promised back but not confirmed by the provider yet.
    refunded bigint not null default 0,
    refunding bigint not null default 0,
    reason text,
    buyer_url text,
    -- Wishes that the provider has not confirmed: the money is to be taken; it is to be given back.
    capturing boolean not null default false,
    unwanted boolean not null default false,
    -- When somebody has to look again; null when there is nothing left to do.
    due_at bigint,
    looks bigint not null default 0,
    -- Events stated so far: the sequence of the last one.
    events bigint not null default 0,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    unique (order_id, attempt),
    constraint authorized_within_amount check (authorized between 0 and amount),
    constraint captured_within_authorized check (captured between 0 and authorized),
    constraint refunded_within_captured check (refunded >= 0 and refunding >= 0 and refunded + refunding <= captured),
    constraint money_fits_state check (case state
        when 'authorized' then authorized > 0 and captured = 0
        when 'captured' then captured > 0 and refunded = 0
        when 'partially_refunded' then refunded > 0 and refunded < captured
        when 'refunded' then refunded > 0 and refunded = captured
        else captured = 0 end)
);
create index payments_due on payments (due_at) where due_at is not null;
create index payments_updated on payments (provider, updated_at, id);

-- Orders that want no money any more. Written even when no payment exists yet: one may still be under way.
create table unwanted_orders (
    order_id uuid primary key,
    reason text not null,
    canceled_at bigint not null
);

create table refunds (
    id uuid primary key,
    payment_id uuid not null references payments (id),
    order_id uuid not null,
    -- Chosen by who asked: the same key refunds once.
    key text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    reason text not null,
    state text not null check (state in ('pending', 'settled', 'refused')),
    refusal text,
    created_at bigint not null,
    settled_at bigint,
    unique (order_id, key)
);
create index refunds_of_payment on refunds (payment_id);

-- Double entry: a row moves an amount from the credited account to the debited one, so that a row that does not
-- balance cannot be written down. Several legs make one posting. Rows are never changed and never removed.
create table ledger (
    posting_id uuid not null,
    leg bigint not null check (leg > 0),
    template text not null check (template in ('capture', 'refund')),
    -- What it is posted for: a payment's capture, a refund. Each is posted once.
    source_id uuid not null,
    payment_id uuid not null references payments (id),
    debit text not null,
    credit text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    posted_at bigint not null,
    primary key (posting_id, leg),
    unique (template, source_id, leg),
    check (debit <> credit)
);
create index ledger_of_payment on ledger (payment_id);

-- only sqlite
create trigger ledger_never_changes before update on ledger
begin
    select raise(abort, 'the ledger is append-only');
end;
create trigger ledger_never_forgets before delete on ledger
begin
    select raise(abort, 'the ledger is append-only');
end;
-- end
-- only postgres
create function refuse_to_rewrite_the_ledger() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only';
end
$$;
create trigger ledger_never_changes before update or delete on ledger
    for each row execute function refuse_to_rewrite_the_ledger();
create trigger ledger_is_never_emptied before truncate on ledger
    for each statement execute function refuse_to_rewrite_the_ledger();
-- end

-- Webhooks as they came, kept before anything is done about them.
create table webhooks (
    provider text not null,
    event_id text not null,
    reference text not null,
    kind text not null,
    body bytea not null,
    state text not null default 'pending' check (state in ('pending', 'done', 'failed')),
    attempts bigint not null default 0,
    due_at bigint not null,
    last_error text,
    received_at bigint not null,
    done_at bigint,
    primary key (provider, event_id)
);
create index webhooks_due on webhooks (due_at) where state = 'pending';

-- Where our record and a provider's differ.
create table reconciliation_exceptions (
    id uuid primary key,
    provider text not null,
    reference text not null,
    kind text not null,
    detail text not null,
    found_at bigint not null,
    last_seen_at bigint not null,
    resolved_at bigint,
    unique (provider, reference, kind)
);
create index reconciliation_exceptions_open on reconciliation_exceptions (id) where resolved_at is null;

-- Up to when each provider's record was compared with ours.
create table reconciliation_progress (
    provider text primary key,
    compared_until bigint not null
);
