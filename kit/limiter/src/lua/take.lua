-- Takes from a bucket, or says what it lacks (GCRA, kept as the time that the bucket needs to be full again).
-- KEYS: the bucket. ARGV: nanoseconds that earn one, size of the bucket, cost, and the time in microseconds unless
-- Redis's own counts. All numbers stay below 2^53, where Lua counts exactly.
local refill_ns, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now_us = tonumber(ARGV[4])
if not now_us then
    local time = redis.call('TIME')
    now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local debt_ns = 0
local kept = redis.call('GET', KEYS[1])
if kept then
    local debt, at_us = string.match(kept, '^(%d+) (%d+)$')
    -- A clock that was set back earns nothing, and must not keep anybody waiting until it has caught up.
    local passed_us = math.max(0, now_us - tonumber(at_us))
    debt_ns = math.max(0, tonumber(debt) - passed_us * 1000)
end
local after_ns = debt_ns + cost * refill_ns
local allowed = after_ns <= burst * refill_ns
if allowed then
    debt_ns = after_ns
end
-- A minute more than it needs, so that a bucket does not vanish before it is full.
redis.call('SET', KEYS[1], string.format('%.0f %.0f', debt_ns, now_us), 'PX', math.ceil(debt_ns / 1000000) + 60000)
return { allowed and 1 or 0, debt_ns }
