# SPDX-License-Identifier: Apache-2.0
"""
The scripts of a `ValkeyStore`, in Lua. Valkey runs nothing else meanwhile.

An account is a hash, what watches an origin account is a sorted set by the time of the last pull, and hints are a hash
with a sorted set of their order: lists are `a:` and an account, or `u:` and an origin account that nobody watches.
Times are milliseconds since 1970, by Valkey's own clock, which all edges share.

Valkey refuses a script whose first change needs memory that it does not have: what brings something new, but not what
changes an account that is known, which `touch` makes begin with a change that needs none.
"""

from __future__ import annotations

from typing import Final

_COMMON: Final = """
local prefix, now, life = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local hint_life, watch_life = tonumber(ARGV[3]), tonumber(ARGV[4])
local most_hints, most_offered, most_unwatched = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local given = {}
for at = 8, #ARGV do given[at - 7] = ARGV[at] end
local call = redis.call
if now < 0 then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function number(value) return string.format('%.0f', value) end
local function account_of(name) return prefix .. 'account:' .. name end
local function watching(name) return prefix .. 'watching:' .. name end
local function order_of(list) return prefix .. 'order:' .. list end
local function hints_of(list) return prefix .. 'hints:' .. list end

local function hint(list, id)
  local held = call('HGET', hints_of(list), id)
  if not held then return nil end
  local ends, read_for, sealed = string.match(held, '^(%d+):(%x*):(.*)$')
  return {id = id, ends = tonumber(ends), read_for = read_for, sealed = sealed}
end
local function put(list, id, ends, read_for, sealed)
  call('HSET', hints_of(list), id, number(ends) .. ':' .. read_for .. ':' .. sealed)
end
local function remove(list, id)
  call('HDEL', hints_of(list), id)
  call('ZREM', order_of(list), id)
end
local function waiting(list)
  local found = {}
  local order = call('ZRANGE', order_of(list), 0, -1, 'WITHSCORES')
  for at = 1, #order, 2 do
    local held = hint(list, order[at])
    if held and held.ends > now then
      held.number = tonumber(order[at + 1])
      found[#found + 1] = held
    else
      remove(list, order[at])
    end
  end
  return found
end
local function told(list, pairs)
  local last = tonumber(call('ZREVRANGE', order_of(list), 0, 0, 'WITHSCORES')[2] or 0)
  for at = 1, #pairs, 2 do
    local id, sealed = pairs[at], pairs[at + 1]
    local held = hint(list, id)
    if held and held.ends <= now then
      remove(list, id)
      held = nil
    end
    if not held then
      last = last + 1
      call('ZADD', order_of(list), last, id)
      put(list, id, now + hint_life, '', sealed)
    elseif held.sealed ~= sealed then
      put(list, id, now + hint_life, '', sealed)
    end
  end
  local over = math.max(0, call('ZCARD', order_of(list)) - most_hints)
  if over > 0 then
    for _, id in ipairs(call('ZRANGE', order_of(list), 0, over - 1)) do remove(list, id) end
  end
  call('PEXPIRE', order_of(list), hint_life)
  call('PEXPIRE', hints_of(list), hint_life)
  return over
end
local function offered(name, into)
  local hints = waiting('a:' .. name)
  local first, count = 1, #hints
  if count > most_offered then
    local before = tonumber(call('HGET', account_of(name), 'given') or 0)
    for at = count, 1, -1 do
      if hints[at].number > before then first = at end
    end
    count = most_offered
  end
  for step = 0, count - 1 do
    local held = hints[(first + step - 1) % #hints + 1]
    into[#into + 1] = held.id
    into[#into + 1] = held.sealed
    if count < #hints then call('HSET', account_of(name), 'given', held.number) end
  end
  return into
end
local function as_given(name, from, change)
  local list = 'a:' .. name
  for at = from, #given, 2 do
    local held = hint(list, given[at])
    if held and held.sealed == given[at + 1] then change(list, held) end
  end
end

local function find(name)
  local record = call('HMGET', account_of(name), 'metadata', 'ends', 'state', 'pushed', 'pulled_at', 'watched', 'tells',
    'owner', 'claimed')
  if not record[1] or tonumber(record[2]) <= now then return nil end
  return {metadata = record[1], ends = record[2], state = record[3], pushed = record[4],
    pulled_at = tonumber(record[5] or 0), watched = record[6] or '', tells = tonumber(record[7] or 0),
    owner = record[8] or '', claimed = tonumber(record[9] or 0)}
end
local function owned(name, owner)
  local known = find(name)
  return known and known.owner == owner and known.claimed > now and known or nil
end
local function touch(name, known)
  call('HDEL', account_of(name), 'ends')
  call('HSET', account_of(name), 'ends', known.ends)
end
local function forget(name)
  local watched = call('HGET', account_of(name), 'watched')
  if watched then call('ZREM', watching(watched), name) end
  call('DEL', account_of(name), order_of('a:' .. name), hints_of('a:' .. name))
end
local function seen(name, metadata)
  local known = find(name)
  if known then touch(name, known) else forget(name) end
  call('HSET', account_of(name), 'metadata', metadata, 'ends', number(now + life))
  call('PEXPIRE', account_of(name), life)
  return known or {pulled_at = 0, watched = ''}
end
local function watches(name, before, watched, at)
  if before ~= '' and before ~= watched then call('ZREM', watching(before), name) end
  call('HSET', account_of(name), 'watched', watched, 'pulled_at', number(at))
  if watched ~= '' then
    call('ZADD', watching(watched), number(at), name)
    call('PEXPIRE', watching(watched), hint_life)
  end
end
"""


def _script(text: str) -> str:
    return _COMMON + text


NOTE: Final = _script("""
seen(given[1], given[2])
return 1
""")

FIND: Final = _script("""
local known = find(given[1])
return known and known.metadata
""")

PULLED: Final = _script("""
local name, metadata, state, arrived = unpack(given)
local known = seen(name, metadata)
local lapsed = known.pulled_at + hint_life <= now
watches(name, known.watched, lapsed and '' or known.watched, now)
if known.state ~= state then
  call('HDEL', account_of(name), 'pushed')
  call('HSET', account_of(name), 'state', state)
end
for _, held in ipairs(waiting('a:' .. name)) do
  if held.read_for == arrived then remove('a:' .. name, held.id) end
end
return offered(name, {})
""")

ANSWERED: Final = _script("""
local name, called_with, watched, metadata, state = unpack(given)
local known = find(name)
if not known then return 0 end
touch(name, known)
as_given(name, 6, function(list, held) put(list, held.id, held.ends, state, held.sealed) end)
if known.metadata ~= called_with then return 0 end
seen(name, metadata)
if known.watched == watched then return 0 end
watches(name, known.watched, watched, known.pulled_at)
local pairs = {}
for _, held in ipairs(waiting('u:' .. watched)) do
  pairs[#pairs + 1] = held.id
  pairs[#pairs + 1] = held.sealed
end
return #pairs > 0 and told('a:' .. name, pairs) or 0
""")

TELL: Final = _script("""
local watched = table.remove(given, 1)
local answer, accounts = {0}, {}
local found = call('ZRANGEBYSCORE', watching(watched), '(' .. number(now - hint_life), '+inf', 'WITHSCORES')
for at = 1, #found, 2 do
  local known = find(found[at])
  if known and known.watched == watched then
    accounts[#accounts + 1] = found[at]
    if found[at + 1] + watch_life > now then answer[#answer + 1] = found[at] end
  end
end
for _, name in ipairs(accounts) do
  call('HINCRBY', account_of(name), 'tells', 1)
  answer[1] = answer[1] + told('a:' .. name, given)
end
if #accounts == 0 and #given > 0 then
  local names = prefix .. 'unwatched'
  call('ZADD', names, number(now), watched)
  answer[1] = told('u:' .. watched, given)
  local over = call('ZCARD', names) - most_unwatched
  if over > 0 then
    for _, name in ipairs(call('ZRANGE', names, 0, over - 1)) do
      call('DEL', order_of('u:' .. name), hints_of('u:' .. name))
      call('ZREM', names, name)
    end
  end
  call('PEXPIRE', names, hint_life)
end
return answer
""")

CLAIM: Final = _script("""
local name, owner, lasts = given[1], given[2], tonumber(given[3])
local known = find(name)
if not known or not known.state then return false end
if known.owner ~= '' and known.owner ~= owner and known.claimed > now then return false end
touch(name, known)
call('HSET', account_of(name), 'owner', owner, 'claimed', number(now + lasts))
return offered(name, {known.metadata, known.pushed or known.state, known.tells})
""")

PUSHED: Final = _script("""
local name, owner, state = given[1], given[2], given[3]
local known = owned(name, owner)
if not known then return 0 end
touch(name, known)
call('HSET', account_of(name), 'pushed', state)
as_given(name, 4, function(list, held) remove(list, held.id) end)
return 1
""")

RELEASE: Final = _script("""
local name, owner, tells = given[1], given[2], tonumber(given[3])
local known = owned(name, owner)
if not known then return 1 end
if known.tells ~= tells then return 0 end
call('HDEL', account_of(name), 'owner', 'claimed')
return 1
""")

PAUSE: Final = _script("""
local key, lasts = prefix .. 'pause:' .. given[1], tonumber(given[2])
local ends = math.max(tonumber(call('GET', key) or 0), now + lasts)
call('SET', key, number(ends), 'PX', number(ends - now))
return 1
""")

PAUSED: Final = _script("""
return math.max(0, tonumber(call('GET', prefix .. 'pause:' .. given[1]) or 0) - now)
""")

FORGET: Final = _script("""
forget(given[1])
return 1
""")
