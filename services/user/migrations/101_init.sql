-- Who signs in. `email` is shown as it was typed, `email_key` is how it is found.
create table users (
    id uuid primary key,
    email text not null,
    email_key text not null unique,
    name text not null,
    locale text not null,
    password_hash text not null,
    email_verified boolean not null,
    version bigint not null check (version > 0),
    events bigint not null check (events >= 0),
    book_version bigint not null check (book_version >= 0),
    created_at bigint not null,
    updated_at bigint not null,
    last_login_at bigint,
    check (email_key = lower(email))
);

-- One sign-in on one device. Only the hash of the token is kept.
create table sessions (
    id uuid primary key,
    token_hash bytea not null unique,
    user_id uuid not null references users (id) on delete cascade,
    device text,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null,
    ends_at bigint not null,
    check (expires_at <= ends_at)
);
create index sessions_user on sessions (user_id, id);
create index sessions_expiry on sessions (expires_at);

-- What a mail lets its reader do, once.
create table mail_tokens (
    token_hash bytea primary key,
    user_id uuid not null references users (id) on delete cascade,
    kind text not null check (kind in ('verification', 'password_reset')),
    created_at bigint not null,
    expires_at bigint not null
);
create index mail_tokens_user on mail_tokens (user_id, kind, created_at);
create index mail_tokens_expiry on mail_tokens (expires_at);

-- Requests for a mail, written whether or not the address is known and answered beside the request.
create table mail_requests (
    id uuid primary key,
    kind text not null check (kind in ('registration', 'verification', 'password_reset')),
    email_key text not null,
    candidate uuid,
    requested_at bigint not null
);

-- Wrong passwords by the hash of the address, whether or not it is known.
create table login_failures (
    email_hash bytea primary key,
    failures bigint not null check (failures > 0),
    since bigint not null
);
create index login_failures_since on login_failures (since);

-- The address book; its bound and its default are kept by the version of the book in `users`.
create table addresses (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    address jsonb not null,
    is_default boolean not null,
    created_at bigint not null
);
create index addresses_user on addresses (user_id, id);
create unique index addresses_one_default on addresses (user_id) where is_default;

-- Staff are users with permissions. One roster, one version: whoever changes staff or keys has seen them all.
create table roster (
    id bigint primary key check (id = 1),
    version bigint not null check (version > 0)
);
insert into roster (id, version) values (1, 1);

create table staff (
    user_id uuid primary key references users (id),
    permissions jsonb not null,
    since bigint not null
);

-- What programs sign in with. Gone with the staff member who made it.
create table api_keys (
    id uuid primary key,
    token_hash bytea not null unique,
    name text not null unique,
    hint text not null,
    scopes jsonb not null,
    created_by uuid not null references staff (user_id) on delete cascade,
    created_at bigint not null,
    last_used_at bigint
);
create index api_keys_creator on api_keys (created_by);
