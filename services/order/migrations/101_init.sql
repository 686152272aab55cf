-- A cart is one document: it is always read and written whole, guarded by its version.
create table carts (
    id uuid primary key,
    user_id uuid,
    state text not null check (state in ('open', 'locked', 'spent', 'merged')),
    version bigint not null check (version > 0),
    currency text not null,
    lines text not null,
    details text not null,
    order_id uuid,
    created_at bigint not null,
    updated_at bigint not null,
    check (state <> 'locked' or order_id is not null)
);
-- A user has one cart at a time.
create unique index carts_of_user on carts (user_id) where state in ('open', 'locked');
create index carts_by_age on carts (created_at);

-- An order is an immutable promise (details) and where it stands (the rest), guarded by its version.
create table orders (
    id uuid primary key,
    number text not null unique,
    cart_id uuid not null,
    user_id uuid,
    email text not null,
    locale text not null,
    currency text not null,
    total bigint not null check (total >= 0),
    units bigint not null check (units > 0),
    details text not null,
    state text not null check (state in ('placing', 'awaiting_payment', 'placed', 'completed', 'canceled')),
    canceled_reason text check (
        canceled_reason in ('customer', 'staff', 'payment_declined', 'payment_expired', 'sold_out')),
    payment_status text not null check (payment_status in ('none', 'pending', 'unknown', 'authorized', 'captured',
        'voided', 'refunded', 'partially_refunded', 'declined')),
    fulfillment_status text not null check (fulfillment_status in ('unfulfilled', 'partial', 'fulfilled')),
    payment_url text,
    refunded bigint not null default 0 check (refunded >= 0),
    version bigint not null check (version > 0),
    events bigint not null default 0,
    lease_until bigint not null,
    expires_at bigint not null,
    created_at bigint not null,
    placed_at bigint,
    updated_at bigint not null,
    check ((state = 'canceled') = (canceled_reason is not null)),
    check (placed_at is not null or state in ('placing', 'awaiting_payment', 'canceled'))
);
create index orders_of_user on orders (user_id, id) where user_id is not null;
create index orders_by_state on orders (state, id);
create index orders_by_email on orders (email, id);

create table order_lines (
    order_id uuid not null references orders (id),
    position bigint not null,
    id uuid not null,
    variant_id uuid not null,
    quantity bigint not null check (quantity between 1 and 999),
    shipped bigint not null default 0,
    sold text not null,
    primary key (order_id, position),
    constraint no_more_leaves_than_was_sold check (shipped between 0 and quantity)
);

-- Every change of state, never altered.
create table order_timeline (
    order_id uuid not null references orders (id),
    version bigint not null,
    position bigint not null,
    at bigint not null,
    actor text not null,
    what text not null,
    detail text,
    primary key (order_id, version, position)
);

create table shipments (
    id uuid primary key,
    order_id uuid not null references orders (id),
    carrier text not null,
    tracking_number text,
    tracking_url text,
    lines text not null,
    created_at bigint not null
);
create index shipments_of_order on shipments (order_id, id);

-- One row per Idempotency-Key of a cart: which order it began, and what was answered.
create table checkouts (
    cart_id uuid not null,
    key text not null,
    fingerprint text not null,
    order_id uuid not null,
    -- How the buyer pays; only while the order is being placed.
    request text,
    status bigint,
    content_type text,
    body bytea,
    created_at bigint not null,
    primary key (cart_id, key),
    check ((status is null) = (body is null))
);
create index checkouts_by_age on checkouts (created_at);
