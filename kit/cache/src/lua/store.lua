-- Keeps what a load brought, unless its lease is gone: then the key was invalidated, or somebody else loads by now.
-- KEYS: epoch of the cache, value. ARGV: token of the lease, the value, its lifetime in milliseconds.
local epoch = redis.call('GET', KEYS[1]) or '0'
if redis.call('GET', KEYS[2]) ~= 'l' .. epoch .. ':' .. ARGV[1] then
    return 0
end
redis.call('SET', KEYS[2], 'v' .. epoch .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1
