-- Draws from the quota of one organisation: a bucket that fills in a minute and the number of a calendar day. Both are
-- looked at and changed in one step, so callers cannot get between each other and no attempt has to be repeated.
--
-- KEYS: the bucket, the day's number.
-- ARGV: how many; 1 to take as many as there are, 0 for all or none; size of the bucket (0: none); limit of the day (0: none);
--       what was granted elsewhere on that day and is to be added to its number; seconds that the day's number is kept.
-- Returns: taken, left in the bucket, left of the day, milliseconds until the bucket has as many as were asked for,
--          milliseconds until it is full.
local n, partial = tonumber(ARGV[1]), ARGV[2] == '1'
local size, limit, granted = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local room = n

-- The bucket is counted in 1/60000 of one, the part that comes back in a millisecond for each of its size: integers.
local units, now = 0, 0
if size > 0 then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    units = size * 60000
    local held = redis.call('HMGET', KEYS[1], 'units', 'at', 'size')
    -- A plan that was changed starts with a full bucket.
    if held[1] and tonumber(held[3]) == size then
        local passed = math.max(0, math.min(60000, now - tonumber(held[2])))
        units = math.min(units, tonumber(held[1]) + passed * size)
    end
    room = math.min(room, math.floor(units / 60000))
end

local used = 0
if limit > 0 then
    used = tonumber(redis.call('GET', KEYS[2]) or '0') + granted
    room = math.min(room, math.max(0, limit - used))
end

local taken = room
if room < n and not partial then
    taken = 0
end

if size > 0 then
    units = units - taken * 60000
    redis.call('HSET', KEYS[1], 'units', units, 'at', now, 'size', size)
    redis.call('PEXPIRE', KEYS[1], 120000)
end
if limit > 0 and taken + granted ~= 0 then
    redis.call('INCRBY', KEYS[2], taken + granted)
    redis.call('EXPIRE', KEYS[2], ARGV[6])
end

local wait, full = 0, 0
if size > 0 then
    wait = math.ceil(math.max(0, math.min(n, size) * 60000 - units) / size)
    full = math.ceil((size * 60000 - units) / size)
end
return {taken, math.floor(units / 60000), limit - used - taken, wait, full}
