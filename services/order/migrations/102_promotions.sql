-- A promotion is one document (rule). What must be unique or guarded stands beside it.
create table promotions (
    id uuid primary key,
    -- In capital letters: upper and lower case are one.
    code text unique,
    rule text not null,
    -- Orders that use it now; counted only while it has a limit.
    uses bigint not null default 0 check (uses >= 0),
    uses_max bigint check (uses_max > 0),
    version bigint not null check (version > 0),
    created_at bigint not null,
    updated_at bigint not null
);

create table promotion_customers (
    promotion_id uuid not null,
    -- user:<id>, or email:<address> of a guest.
    customer text not null,
    uses bigint not null check (uses >= 0),
    primary key (promotion_id, customer)
);

-- Which order uses which promotion, so that a canceled one gives back what it took and no more.
create table promotion_uses (
    order_id uuid not null references orders (id),
    promotion_id uuid not null,
    customer text not null,
    primary key (order_id, promotion_id)
);

-- Grows with each change of a promotion: a checkout sees by it whether the rules it knows are the newest.
create table pricing_rules (
    id bigint primary key check (id = 1),
    version bigint not null
);
insert into pricing_rules (id, version) values (1, 1);
