/// What has to happen at once, or not at all, happens in one of these. Their keys are made from what the rows hold, so they
/// are for one server (or one with replicas), not for a cluster.
///
/// Words that may be missing come as "+" and the word, or "-". A user is named by its reference: the length of the app's
/// id, a colon, the app's id, the openid.
struct RedisScript: Sendable {
    /// Its place among `all`.
    let number: Int
    let text: String

    /// - Parameter whenFull: whether the script runs on a server whose memory is full. An end of a session or a block must
    ///   not wait for memory.
    init(_ number: Int, whenFull: Bool = false, _ body: String) {
        self.number = number
        text = (whenFull ? "#!lua flags=allow-oom\n" : "") + Self.common + body
    }

    /// Those that requests use, each at its number.
    static let all = [
        record, lookup, update, endSession, endUser, block, renew, importUsers, reseal, claim, begin, restore,
    ]

    /// What all of them use. A script adds its changes before it writes or deletes a row: where the server refuses the
    /// change, all is as it was.
    ///
    /// `change` adds an entry to the stream and takes out the subject's former one, so that the stream holds one entry for
    /// each subject; of two ends the later one stays, and a session's first ending tells who ended it. A row of the former
    /// one that cannot be read counts as none. `mac` is the MAC of kind, subject, order and facts. `order` is the change's
    /// place among those of its subject; without it, that is the entry's id. One that is restored gets its order as its id
    /// where the stream is not past it.
    ///
    /// `better` says which order a change of a subject may take, or nil where `order` will do: it is later than the
    /// subject's former one, it is not later than the id that the entry will have, and it is two seconds old at most, so
    /// that it is later than one that is known elsewhere. `refuses` says whether an error is that of a server that takes no writes for now. `trim`
    /// removes entries from the stream's beginning that concern no token any more. `facts` are `UserFacts`, where a phone
    /// number counts if a key that can open it is among `kids`. `row` leaves out what is longer than any gateway writes:
    /// a reply that is too large would end the connection, for all requests on it.
    private static let common = """
        local P = 'menshen:'
        local STREAM = P .. 'changes'
        local LARGEST = 16384
        local function opt(word)
            if string.sub(word, 1, 1) == '+' then return string.sub(word, 2) end
            return nil
        end
        local function seconds(word)
            return word and #word < 16 and string.find(word, '^%d+$') and tonumber(word) or nil
        end
        local function expired(entry, now)
            return (seconds(entry[2][8]) or 0) <= now
        end
        local function trim()
            local now = tonumber(redis.call('TIME')[1])
            local first = redis.call('XRANGE', STREAM, '-', '+', 'COUNT', 1)[1]
            if not first or not expired(first, now) then return end
            local past = nil
            for _, entry in ipairs(redis.call('XRANGE', STREAM, '-', '+', 'COUNT', 64)) do
                if not expired(entry, now) then
                    redis.call('XTRIM', STREAM, 'MINID', entry[1])
                    return
                end
                past = entry[1]
            end
            redis.call('XTRIM', STREAM, 'MINID', past)
            redis.call('XDEL', STREAM, past)
        end
        local function last()
            if redis.call('EXISTS', STREAM) == 0 then return '' end
            local info = redis.call('XINFO', 'STREAM', STREAM)
            for index = 1, #info, 2 do
                if info[index] == 'last-generated-id' then return info[index + 1] end
            end
        end
        local function latest(kind, subject)
            return P .. 'latest:' .. (kind == 'u' and 'b' or kind) .. ':' .. subject
        end
        local function parts(id)
            local ms, number = string.match(id or '', '^(%d+)-(%d+)$')
            return tonumber(ms), tonumber(number)
        end
        local function less(first, second)
            local ms, number = parts(first)
            local others, other = parts(second)
            return ms < others or ms == others and number < other
        end
        local function better(kind, subject, order)
            local time = redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)
            local newest = last()
            if newest == '' then newest = '0-0' end
            local found = redis.pcall('HMGET', latest(kind, subject), 'o', 'id')
            local former = not found.err and (found[1] or found[2]) or nil
            if not parts(former) or less(newest, former) then former = nil end
            local ms, number = parts(order)
            local newestMs, newestNumber = parts(newest)
            local following = string.format('%.0f-%.0f', newestMs, newestNumber + 1)
            local isReached = ms and (ms < now or ms == now and number == 0 or not less(following, order))
            if isReached and ms >= now - 2000 and not (former and not less(former, order)) then return nil end
            local next = string.format('%.0f-0', now)
            if former and not less(former, next) then
                ms, number = parts(former)
                next = string.format('%.0f-%.0f', ms, number + 1)
            end
            return next
        end
        local function change(kind, subject, value, till, mac, order, isOld)
            local row = latest(kind, subject)
            local former = redis.pcall('HMGET', row, 'id', 't', 'v')
            if former.err then former = { false, false, false } end
            if (seconds(former[2]) or 0) > tonumber(till) then till = former[2] end
            if kind == 'e' and (former[3] == '0' or former[3] == '1') then value = former[3] end
            local fields = { 'k', kind, 's', subject, 'v', value, 't', till, 'm', mac }
            if order then
                fields[11] = 'o'
                fields[12] = order
            end
            local id = isOld and redis.pcall('XADD', STREAM, order, unpack(fields))
            if type(id) ~= 'string' then id = redis.call('XADD', STREAM, '*', unpack(fields)) end
            if former[1] then redis.pcall('XDEL', STREAM, former[1]) end
            redis.call('DEL', row)
            redis.call('HSET', row, 'id', id, 't', till, 'v', value, 'o', order or id)
            redis.call('EXPIREAT', row, till)
            return id
        end
        local function setBlocked(isBlocked, id, order, mac)
            if isBlocked then
                redis.call('HSET', P .. 'blocked', id, order)
                redis.call('HSET', P .. 'blocked:macs', id, mac)
            else
                redis.call('HDEL', P .. 'blocked', id)
                redis.call('HDEL', P .. 'blocked:macs', id)
            end
        end
        local function refuses(reply)
            for _, kind in ipairs({ 'OOM', 'NOREPLICAS', 'MISCONF' }) do
                if string.find(reply.err, kind, 1, true) then return true end
            end
            return false
        end
        local function facts(user, kids)
            local known = redis.call('HMGET', user, 'nickname', 'phone')
            local facts = 0
            if known[1] then facts = 1 end
            if known[2] and string.find(kids, string.sub(known[2], 1, string.find(known[2], '.', 1, true)), 1, true) then
                facts = facts + 2
            end
            return facts
        end
        local function holds(sid, ref, time)
            local session = redis.call('HMGET', P .. 'session:' .. sid, 'user', 'expires_at')
            return session[1] == ref and tonumber(session[2]) > tonumber(time)
                and redis.call('EXISTS', P .. 'user:' .. ref) == 1
        end
        local function close(sid)
            local ref = redis.pcall('HGET', P .. 'session:' .. sid, 'user')
            if type(ref) == 'string' then redis.pcall('ZREM', P .. 'sessions:' .. ref, sid) end
            redis.call('DEL', P .. 'session:' .. sid)
        end
        local function row(user)
            local found = redis.call('HGETALL', user)
            local fields = {}
            for index = 1, math.min(#found, 64), 2 do
                if #found[index] + #found[index + 1] <= LARGEST then
                    fields[#fields + 1] = found[index]
                    fields[#fields + 1] = found[index + 1]
                end
            end
            return fields
        end
        local function answer(sid, ref)
            local user = P .. 'user:' .. ref
            local id = redis.call('HGET', user, 'user_id')
            local expiry = redis.call('HGET', P .. 'session:' .. sid, 'expires_at')
            return { redis.call('HEXISTS', P .. 'blocked', id), row(user), expiry }
        end
        local function link(user, ref, old, unionid, created, mac)
            if old and old ~= unionid then redis.call('ZREM', P .. 'union:' .. old, ref) end
            if old ~= unionid then redis.call('ZADD', P .. 'union:' .. unionid, created, ref) end
            redis.call('HSET', user, 'unionid', unionid, 'unionid_mac', mac)
        end
        local function rename(user, ref, old, id, mac)
            if old and old ~= id then redis.call('SREM', P .. 'ids:' .. old, ref) end
            if old ~= id then redis.call('SADD', P .. 'ids:' .. id, ref) end
            redis.call('HSET', user, 'user_id', id, 'user_id_mac', mac)
        end

        """

    /// A random word, the follower's id → the word of these data, the last id of the stream or "", the follower's mark
    /// or "".
    static let begin = RedisScript(
        10,
        """
        local set = redis.pcall('SETNX', P .. 'epoch', ARGV[1])
        if type(set) == 'table' and not refuses(set) then return set end
        if redis.call('EXISTS', P .. 'epoch') == 0 then return set end
        local mark = redis.call('GETRANGE', P .. 'follower:' .. ARGV[2], 0, 99)
        return { redis.call('GETRANGE', P .. 'epoch', 0, 99), last(), mark }
        """
    )

    /// The stream's last id as it was read, or "", then for each change its order, kind, subject, value, end, MAC → the
    /// stream's last id now; null, and nothing done, where something was added since.
    static let restore = RedisScript(
        11,
        whenFull: true,
        """
        if last() ~= ARGV[1] then return false end
        local id = ARGV[1]
        for index = 2, #ARGV, 6 do
            local order, kind, subject, mac = ARGV[index], ARGV[index + 1], ARGV[index + 2], ARGV[index + 5]
            id = change(kind, subject, ARGV[index + 3], ARGV[index + 4], mac, order, true)
            if kind == 'e' then close(subject) end
            if kind == 'b' or kind == 'u' then setBlocked(kind == 'b', subject, order, mac) end
        end
        return id
        """
    )

    /// The word of the data, the follower's id, its mark or "", seconds until the mark expires → 1; 0 and nothing done where
    /// these are other data. A server that takes no writes for now keeps its data and takes no mark.
    static let check = RedisScript(
        12,
        """
        if redis.call('GETRANGE', P .. 'epoch', 0, 99) ~= ARGV[1] then return 0 end
        if ARGV[3] ~= '' then
            local set = redis.pcall('SET', P .. 'follower:' .. ARGV[2], ARGV[3], 'EX', ARGV[4])
            if set.err and not refuses(set) then return set end
        end
        return 1
        """
    )

    /// A cursor of HSCAN, the bytes of a row at most → the next cursor, "0" after the last page; how many rows were longer
    /// and are left out; who is blocked, since which change, and the MAC or "", in turn.
    static let blocked = RedisScript(
        13,
        """
        local found = redis.call('HSCAN', P .. 'blocked', ARGV[1], 'COUNT', 500)
        local rows, omitted = {}, 0
        for index = 1, #found[2], 2 do
            local id, order = found[2][index], found[2][index + 1]
            local mac = redis.call('HGET', P .. 'blocked:macs', id) or ''
            if #id + #order + #mac <= tonumber(ARGV[2]) then
                rows[#rows + 1] = id
                rows[#rows + 1] = order
                rows[#rows + 1] = mac
            else
                omitted = omitted + 1
            end
        end
        return { found[1], omitted, rows }
        """
    )

    /// The first id, as XRANGE takes it, the bytes of an entry at most, and of a page → 1 if the stream ends with this
    /// page, or 0; its entries, those that are longer without their fields.
    static let page = RedisScript(
        14,
        """
        local start, largest, bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
        local page, size, ends = {}, 0, 0
        repeat
            local entries = redis.call('XRANGE', STREAM, start, '+', 'COUNT', 16)
            if #entries < 16 then ends = 1 end
            for _, entry in ipairs(entries) do
                local length = 0
                for _, word in ipairs(entry[2]) do length = length + #word end
                if length > largest then
                    entry[2] = {}
                    length = 0
                end
                size = size + length
                page[#page + 1] = entry
                start = '(' .. entry[1]
            end
        until ends == 1 or #page >= 1000 or size > bytes
        return { ends, page }
        """
    )
}
