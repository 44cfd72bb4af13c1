-- Takes a token from each bucket, or from none if one is empty. A bucket is kept as the moment at which it will be full, in
-- microseconds of this server's clock, and forgotten when it is. The same arithmetic as `Rate::take`.
-- KEYS: the buckets. ARGV: for each the microseconds after which another token comes in, and how many it holds.
-- Returns which is empty (0: none) and the microseconds until all have a token.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at, which, wait = {}, 0, 0
for i = 1, #KEYS do
    local interval, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local kept = tonumber(redis.call('GET', KEYS[i]) or 0) or 0
    full_at[i] = math.min(math.max(kept, now), now + interval * burst) + interval
    local early = full_at[i] - interval * burst - now
    if early > wait then
        which, wait = i, early
    end
end
if which == 0 then
    for i = 1, #KEYS do
        redis.call('SET', KEYS[i], string.format('%.0f', full_at[i]), 'PX', math.ceil((full_at[i] - now) / 1000))
    end
end
return { which, wait }
