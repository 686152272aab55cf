-- The value and how long it still lives, or nothing and a lease: the right to store what the load brings.
-- KEYS: epoch of the cache, value. ARGV: token of the lease, its lifetime in milliseconds.
local epoch = redis.call('GET', KEYS[1]) or '0'
local kept = redis.call('GET', KEYS[2])
local mark = 'v' .. epoch .. ':'
if kept and string.sub(kept, 1, #mark) == mark then
    return { string.sub(kept, #mark + 1), redis.call('PTTL', KEYS[2]) }
end
redis.call('SET', KEYS[2], 'l' .. epoch .. ':' .. ARGV[1], 'PX', ARGV[2])
return false
