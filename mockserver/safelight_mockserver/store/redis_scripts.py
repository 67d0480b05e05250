"""The steps of a shared state as Redis runs them: one script each, so that no other server comes in between.

All keys begin with a prefix, the first key of every script.  Its braces keep them on one node of a cluster.

==================  ==========================================================================
``entries``         hash: id of an entry → its stored form
``meta``            hash: the same → bytes that it is charged for, a blank, the mark of its test
``order``           sorted set: the same → when it was recorded
``changes``         sorted set: the same → when it was recorded or amended last
``test:MARK``       sorted set: as ``order``, for the entries of one test
``tests``           set: the marks of tests that have entries
``bytes``, ``seq``  what the log is charged for; the number of its latest change
``fault-order``     sorted set: id of a fault → when it was ordered
``fault:ID``        hash: its JSON, the mark of its test, the names of its counters
``count:NAME``      a counter
``spent:BUCKET``    hash: what was left of an allowance, and when
``version``         a text at random, another one whenever faults, clock or seed are changed
``clock``           how the clock stands, as JSON
``seed``            the seed of pictures, if one was chosen
``tally``           hash: what is counted, see `tally` → how often
``secret``          what links are signed with
==================  ==========================================================================

The mark of a test is empty for none; otherwise ``t`` and its name.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "AMEND",
    "BOARD",
    "CLEAR",
    "CLEAR_FAULTS",
    "COUNT",
    "ENTRIES",
    "PUT_FAULT",
    "RECORD",
    "REMOVE_FAULT",
    "SET_DIAL",
    "SPEND",
]

_LOG: Final = """
local p = KEYS[1]
local function forget(id)
  local size, test = string.match(redis.call('HGET', p .. 'meta', id), '^(%d+) (.*)$')
  redis.call('INCRBY', p .. 'bytes', -size)
  redis.call('HDEL', p .. 'entries', id)
  redis.call('HDEL', p .. 'meta', id)
  redis.call('ZREM', p .. 'order', id)
  redis.call('ZREM', p .. 'changes', id)
  if test ~= '' then
    redis.call('ZREM', p .. 'test:' .. test, id)
    if redis.call('EXISTS', p .. 'test:' .. test) == 0 then redis.call('SREM', p .. 'tests', test) end
  end
end
local function tally(from)
  for place = from, #ARGV, 2 do
    redis.call('HINCRBYFLOAT', p .. 'tally', ARGV[place], ARGV[place + 1])
  end
end
local function trim(most)
  while tonumber(redis.call('GET', p .. 'bytes')) > most do
    local oldest = redis.call('ZRANGE', p .. 'order', 0, 0)
    if #oldest == 0 then break end
    forget(oldest[1])
  end
end
"""

RECORD: Final = (
    _LOG
    + """
local id, payload, size, most, test = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
if ARGV[6] ~= '*' and ARGV[6] ~= (redis.call('GET', p .. 'version') or '') then return 0 end
if redis.call('HEXISTS', p .. 'meta', id) == 1 then forget(id) end
local seq = redis.call('INCR', p .. 'seq')
redis.call('HSET', p .. 'entries', id, payload)
redis.call('HSET', p .. 'meta', id, size .. ' ' .. test)
redis.call('ZADD', p .. 'order', seq, id)
redis.call('ZADD', p .. 'changes', seq, id)
if test ~= '' then
  redis.call('ZADD', p .. 'test:' .. test, seq, id)
  redis.call('SADD', p .. 'tests', test)
end
redis.call('INCRBY', p .. 'bytes', size)
trim(most)
tally(7)
return 1
"""
)
"""Arguments: id, stored form, charge, the most bytes of the log, mark of the test, version of the board or an asterisk
for any, and then what to count and how often.  Returns 0, and does nothing, where the board has another version."""

AMEND: Final = (
    _LOG
    + """
local id, payload, size, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local meta = redis.call('HGET', p .. 'meta', id)
if not meta then
  tally(5)
  return 0
end
local before, test = string.match(meta, '^(%d+) (.*)$')
redis.call('HSET', p .. 'entries', id, payload)
redis.call('HSET', p .. 'meta', id, size .. ' ' .. test)
redis.call('ZADD', p .. 'changes', redis.call('INCR', p .. 'seq'), id)
redis.call('INCRBY', p .. 'bytes', size - before)
trim(most)
tally(5)
return 1
"""
)
"""Arguments: id, stored form, charge, the most bytes of the log, and then what to count and how often."""

ENTRIES: Final = """
local p = KEYS[1]
local test, after, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local order = p .. (test == '' and 'order' or 'test:' .. test)
local ids
if after == '0' then
  ids = redis.call('ZREVRANGE', order, 0, limit < 0 and -1 or limit - 1)
else
  local places = {}
  ids = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', p .. 'changes', '(' .. after, '+inf')) do
    places[id] = tonumber(redis.call('ZSCORE', order, id) or 0)
    if places[id] > 0 then ids[#ids + 1] = id end
  end
  table.sort(ids, function(one, other) return places[one] > places[other] end)
end
local newest = {}
for _, id in ipairs(ids) do
  if #newest == limit then break end
  newest[#newest + 1] = {redis.call('ZSCORE', p .. 'changes', id), redis.call('HGET', p .. 'entries', id)}
end
return newest
"""
"""Arguments: mark of a test or nothing, number of a change, the most entries or -1.  Returns the newest first."""

CLEAR: Final = (
    _LOG
    + """
local test = ARGV[1]
local order = p .. (test == '' and 'order' or 'test:' .. test)
for _, id in ipairs(redis.call('ZRANGE', order, 0, -1)) do forget(id) end
"""
)
"""Argument: mark of a test, or nothing for all."""

_FAULTS: Final = """
local p = KEYS[1]
local function withdraw(id)
  for _, name in ipairs(redis.call('HMGET', p .. 'fault:' .. id, 'counter', 'hits')) do
    if name then redis.call('DEL', p .. 'count:' .. name) end
  end
  redis.call('DEL', p .. 'fault:' .. id)
  return redis.call('ZREM', p .. 'fault-order', id)
end
"""

PUT_FAULT: Final = (
    _FAULTS
    + """
local id, json, test, counter, hits, version = unpack(ARGV)
redis.call('SET', p .. 'version', version)
withdraw(id)
redis.call('HSET', p .. 'fault:' .. id, 'json', json, 'test', test, 'counter', counter, 'hits', hits)
redis.call('DEL', p .. 'count:' .. counter, p .. 'count:' .. hits)
redis.call('ZADD', p .. 'fault-order', redis.call('INCR', p .. 'fault-seq'), id)
"""
)
"""Arguments: id, JSON, mark of the test, names of its counters, the next version."""

REMOVE_FAULT: Final = _FAULTS + "redis.call('SET', p .. 'version', ARGV[2]) return withdraw(ARGV[1])"
"""Arguments: id, the next version.  Returns 1 where the fault stood."""

CLEAR_FAULTS: Final = (
    _FAULTS
    + """
local test = ARGV[1]
redis.call('SET', p .. 'version', ARGV[2])
for _, id in ipairs(redis.call('ZRANGE', p .. 'fault-order', 0, -1)) do
  if test == '' or redis.call('HGET', p .. 'fault:' .. id, 'test') == test then withdraw(id) end
end
"""
)
"""Arguments: mark of a test, or nothing for all; the next version."""

SET_DIAL: Final = """
local p = KEYS[1]
redis.call('SET', p .. 'version', ARGV[3])
redis.call('SET', p .. ARGV[1], ARGV[2])
"""
"""Arguments: ``clock`` or ``seed``, what it is set to, the next version."""

BOARD: Final = """
local p = KEYS[1]
local board = {redis.call('GET', p .. 'version'), redis.call('GET', p .. 'clock'), redis.call('GET', p .. 'seed')}
for _, id in ipairs(redis.call('ZRANGE', p .. 'fault-order', 0, -1)) do
  board[#board + 1] = redis.call('HGET', p .. 'fault:' .. id, 'json')
end
return board
"""
"""Returns the version, the clock, the seed, and then each fault."""

COUNT: Final = """
local key = KEYS[1] .. 'count:' .. ARGV[1]
local number = redis.call('INCR', key)
redis.call('EXPIRE', key, ARGV[2])
return number
"""
"""Arguments: name, seconds after which an unused counter is forgotten."""

SPEND: Final = """
local key = KEYS[1] .. 'spent:' .. ARGV[1]
local cost, amount, seconds, now = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local known = redis.call('HMGET', key, 'left', 'at')
local left, at = tonumber(known[1] or amount), tonumber(known[2] or now)
local before = left
left = math.min(amount, left + math.max(0, now - at) * (amount / seconds))
if cost <= left then left = left - cost end
redis.call('HSET', key, 'left', string.format('%.17g', left), 'at', string.format('%.17g', now))
redis.call('EXPIRE', key, ARGV[6])
return {string.format('%.17g', before), string.format('%.17g', at)}
"""
"""Arguments: bucket, cost, amount, seconds, now, seconds to keep.  Returns what was left before, and since when."""
