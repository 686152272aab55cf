-- The span in which a mail was written down: handing it over, which another process may do later, continues the trace.
alter table mails add column traceparent text;
