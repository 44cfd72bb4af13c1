-- Keeps every entry that is newer than the one kept, and tells who waits. An entry is `<version>:<body>`, the news of it
-- `<id> <version>:<body>`. Without a ticket of this era that still counts, an entry is kept without its body: readers go
-- to the record, and nothing older is kept meanwhile.
-- KEYS: the era, then one for each entry. ARGV: run of the server, id of an era that begins now, era of the ticket, second
-- until which that counts, channel, seconds to live, then version and body of each entry.
local run, id, ticket, until_second, channel, life = unpack(ARGV, 1, 6)
local now = tonumber(redis.call('TIME')[1])
local era = redis.call('GET', KEYS[1])
if not era or string.sub(era, 1, #run + 1) ~= run .. ' ' then
    era = run .. ' ' .. id .. ' ' .. now
    redis.call('SET', KEYS[1], era)
end
local believed = ticket == era and now <= tonumber(until_second)
for i = 2, #KEYS do
    local version, body = ARGV[3 + 2 * i], ARGV[4 + 2 * i]
    local kept = redis.call('GET', KEYS[i])
    local colon = kept and string.find(kept, ':', 1, true)
    local kept_version = colon and tonumber(string.sub(kept, 1, colon - 1))
    local is_newer = not kept_version or kept_version < tonumber(version)
    local has_body_now = believed and kept_version == tonumber(version) and colon == #kept
    if is_newer or has_body_now then
        redis.call('SET', KEYS[i], version .. ':' .. (believed and body or ''), 'EX', life)
    end
    if is_newer then
        redis.call('PUBLISH', channel, string.match(KEYS[i], '[^:]*$') .. ' ' .. version .. ':' .. body)
    end
end
return { era, now }
