-- Removes values with the leases of loads that are under way, and tells the other processes.
-- KEYS: values. ARGV: the channel, the beginning of a message, then the cache's own name of each key.
for i = 1, #KEYS do
    redis.call('DEL', KEYS[i])
    redis.call('PUBLISH', ARGV[1], ARGV[2] .. ARGV[i + 2])
end
return #KEYS
