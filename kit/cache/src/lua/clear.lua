-- Makes every value and lease of the cache one of a past epoch, and tells the other processes. The time names the
-- epoch, since a counter that Redis evicted would begin anew and meet its own past.
-- KEYS: epoch of the cache. ARGV: the channel, the message.
local time = redis.call('TIME')
redis.call('SET', KEYS[1], time[1] .. '.' .. time[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1
