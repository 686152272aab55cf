-- Who had every permission there was is an owner, and has those that came with the webhooks, too.
update staff set permissions = '["catalog:read","catalog:write","stock:read","stock:write","orders:read","orders:write","payments:read","payments:write","customers:read","staff:write","system:read","system:write","webhooks:read","webhooks:write"]'
where permissions = '["catalog:read","catalog:write","stock:read","stock:write","orders:read","orders:write","payments:read","payments:write","customers:read","staff:write","system:read","system:write"]';
