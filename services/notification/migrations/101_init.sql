-- Every mail the shop owes somebody, once per kind and subject: an order, a shipment, a refund or an event.
create table mails (
    id uuid primary key,
    kind text not null,
    subject_key text not null,
    recipient text not null,
    subject text not null,
    state text not null default 'pending' check (state in ('pending', 'sent', 'failed')),
    attempts bigint not null default 0 check (attempts >= 0),
    resends bigint not null default 0 check (resends >= 0),
    due_at bigint not null,
    lease_until bigint not null default 0,
    last_error text,
    created_at bigint not null,
    sent_at bigint,
    unique (kind, subject_key),
    check ((state = 'sent') = (sent_at is not null))
);
create index mails_pending on mails (due_at) where state = 'pending';
create index mails_failed on mails (id) where state = 'failed';

-- What they say: written once and never touched, while the rows above change with every attempt. Forgotten in time.
create table mail_texts (
    mail uuid primary key references mails (id),
    html text not null,
    body text not null
);

-- What the embedded mailer delivered. A mail and each resend of it arrive here once.
create table mailbox (
    mail uuid not null references mails (id),
    resend bigint not null,
    recipient text not null,
    delivered_at bigint not null,
    primary key (mail, resend)
);
