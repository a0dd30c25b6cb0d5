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
    /// one that cannot be read counts as none. `order` is the entry's own id, for one that is restored: it gets that id
    /// where the stream is not past it. `refuses` says whether an error is that of a server that takes no writes for now. `trim`
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
        local function change(kind, subject, value, till, order)
            local latest = P .. 'latest:' .. (kind == 'u' and 'b' or kind) .. ':' .. subject
            local former = redis.pcall('HMGET', latest, 'id', 't', 'v')
            if former.err then former = { false, false, false } end
            if (seconds(former[2]) or 0) > tonumber(till) then till = former[2] end
            if kind == 'e' and (former[3] == '0' or former[3] == '1') then value = former[3] end
            local id
            if order then
                local fields = { 'k', kind, 's', subject, 'v', value, 't', till, 'o', order }
                id = redis.pcall('XADD', STREAM, order, unpack(fields))
                if type(id) == 'table' then id = redis.call('XADD', STREAM, '*', unpack(fields)) end
            else
                id = redis.call('XADD', STREAM, '*', 'k', kind, 's', subject, 'v', value, 't', till)
            end
            if former[1] then redis.pcall('XDEL', STREAM, former[1]) end
            redis.call('DEL', latest)
            redis.call('HSET', latest, 'id', id, 't', till, 'v', value)
            redis.call('EXPIREAT', latest, till)
            return id
        end
        local function refuses(reply)
            for _, kind in ipairs({ 'OOM', 'NOREPLICAS', 'MISCONF' }) do
                if string.find(reply.err, kind, 1, true) then return true end
            end
            return false
        end
        local function last()
            if redis.call('EXISTS', STREAM) == 0 then return '' end
            local info = redis.call('XINFO', 'STREAM', STREAM)
            for index = 1, #info, 2 do
                if info[index] == 'last-generated-id' then return info[index + 1] end
            end
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
        local function link(user, ref, old, unionid, created)
            if old == unionid then return end
            if old then redis.call('ZREM', P .. 'union:' .. old, ref) end
            redis.call('ZADD', P .. 'union:' .. unionid, created, ref)
            redis.call('HSET', user, 'unionid', unionid)
        end
        local function rename(user, ref, old, id)
            if old == id then return end
            if old then redis.call('SREM', P .. 'ids:' .. old, ref) end
            redis.call('SADD', P .. 'ids:' .. id, ref)
            redis.call('HSET', user, 'user_id', id)
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

    /// The stream's last id as it was read, or "", then for each change its id, kind, subject, value, end → the stream's
    /// last id now; null, and nothing done, where something was added since.
    static let restore = RedisScript(
        11,
        whenFull: true,
        """
        if last() ~= ARGV[1] then return false end
        local id = ARGV[1]
        for index = 2, #ARGV, 5 do
            local order, kind, subject = ARGV[index], ARGV[index + 1], ARGV[index + 2]
            id = change(kind, subject, ARGV[index + 3], ARGV[index + 4], order)
            if kind == 'e' then
                close(subject)
            elseif kind == 'b' then
                redis.call('HSET', P .. 'blocked', subject, order)
            elseif kind == 'u' then
                redis.call('HDEL', P .. 'blocked', subject)
            end
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
    /// and are left out; who is blocked since which change, in turn.
    static let blocked = RedisScript(
        13,
        """
        local found = redis.call('HSCAN', P .. 'blocked', ARGV[1], 'COUNT', 500)
        local rows, omitted = {}, 0
        for index = 1, #found[2], 2 do
            local id, order = found[2][index], found[2][index + 1]
            if #id + #order <= tonumber(ARGV[2]) then
                rows[#rows + 1] = id
                rows[#rows + 1] = order
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
