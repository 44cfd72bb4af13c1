-- Keeps an entry if exactly the given one is kept, and tells who waits. KEYS: its key. ARGV: channel, seconds to live, the
-- entry kept, the entry to be kept.
if redis.call('GET', KEYS[1]) ~= ARGV[3] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[2])
redis.call('PUBLISH', ARGV[1], string.match(KEYS[1], '[^:]*$') .. ' ' .. ARGV[4])
return 1
