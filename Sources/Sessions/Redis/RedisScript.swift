/// What has to happen at once, or not at all, happens in one of these. Their keys are made from what the rows hold, so they
/// are for one server (or one with replicas), not for a cluster.
///
/// Words that may be missing come as "+" and the word, or "-". A user is named by its reference: the length of the app's
/// id, a colon, the app's id, the openid.
struct RedisScript: Sendable {
    /// Its place among `all`.
    let number: Int
    let text: String

    private init(_ number: Int, _ body: String) {
        self.number = number
        text = Self.common + body
    }

    /// Those that requests use, each at its number.
    static let all = [
        record, lookup, update, endSession, endUser, block, renew, importUsers, reseal, claim, begin, restore,
    ]

    /// What all of them use. `change` adds an entry to the stream and takes out the subject's former one, so that the
    /// stream holds one entry for each subject; of two ends the later one stays, and a session's first ending tells who
    /// ended it. `order` is the entry's own id, for one that is restored: it gets that id where the stream is not past it.
    /// `full` says whether an error is that of a server whose memory is full. `trim` removes entries from the stream's beginning that concern no token any more. `facts` are `UserFacts`, where a
    /// phone number counts if a key that can open it is among `kids`.
    private static let common = """
        local P = 'menshen:'
        local STREAM = P .. 'changes'
        local function opt(word)
            if string.sub(word, 1, 1) == '+' then return string.sub(word, 2) end
            return nil
        end
        local function trim()
            local now = tonumber(redis.call('TIME')[1])
            local past = nil
            for _, entry in ipairs(redis.call('XRANGE', STREAM, '-', '+', 'COUNT', 64)) do
                if (tonumber(entry[2][8]) or 0) > now then
                    if past then redis.call('XTRIM', STREAM, 'MINID', entry[1]) end
                    return
                end
                past = entry[1]
            end
            if past then
                redis.call('XTRIM', STREAM, 'MINID', past)
                redis.call('XDEL', STREAM, past)
            end
        end
        local function change(kind, subject, value, till, order)
            local latest = P .. 'latest:' .. (kind == 'u' and 'b' or kind) .. ':' .. subject
            local former = redis.call('HMGET', latest, 'id', 't', 'v')
            if former[1] then
                redis.call('XDEL', STREAM, former[1])
                if tonumber(former[2]) > tonumber(till) then till = former[2] end
                if kind == 'e' then value = former[3] end
            end
            local id
            if order then
                local fields = { 'k', kind, 's', subject, 'v', value, 't', till, 'o', order }
                id = redis.pcall('XADD', STREAM, order, unpack(fields))
                if type(id) == 'table' then id = redis.call('XADD', STREAM, '*', unpack(fields)) end
            else
                id = redis.call('XADD', STREAM, '*', 'k', kind, 's', subject, 'v', value, 't', till)
            end
            redis.call('HSET', latest, 'id', id, 't', till, 'v', value)
            redis.call('EXPIREAT', latest, till)
            return id
        end
        local function full(reply)
            return string.find(reply.err, 'OOM', 1, true) ~= nil
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
        local function answer(sid, ref)
            local user = P .. 'user:' .. ref
            local id = redis.call('HGET', user, 'user_id')
            local expiry = redis.call('HGET', P .. 'session:' .. sid, 'expires_at')
            return { redis.call('HEXISTS', P .. 'blocked', id), redis.call('HGETALL', user), expiry }
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

    /// reference, id, links, authoritative, unionid?, session_key?, session, time, expiry → blocked, id, user's fields.
    static let record = RedisScript(
        0,
        """
        local ref, id, links, authoritative = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local unionid, key, sid, time, expiry = opt(ARGV[5]), opt(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
        local user = P .. 'user:' .. ref
        local known = redis.call('HMGET', user, 'user_id', 'unionid', 'created_at')
        if authoritative ~= '1' then
            if known[1] then
                id = known[1]
            elseif links == '1' and unionid then
                local first = redis.call('ZRANGE', P .. 'union:' .. unionid, 0, 0)[1]
                if first then id = redis.call('HGET', P .. 'user:' .. first, 'user_id') or id end
            end
        end
        if redis.call('HEXISTS', P .. 'blocked', id) == 1 then return { 1, id, redis.call('HGETALL', user) } end
        if redis.call('EXISTS', P .. 'session:' .. sid) == 1 then
            return redis.error_reply('TAKEN that session is there')
        end
        local created = known[3] or time
        redis.call('HSET', user, 'created_at', created)
        rename(user, ref, known[1], id)
        if unionid then link(user, ref, known[2], unionid, created) end
        if key then redis.call('HSET', user, 'session_key', key) end
        redis.call('HSET', P .. 'session:' .. sid, 'user', ref, 'expires_at', expiry)
        redis.call('EXPIREAT', P .. 'session:' .. sid, expiry)
        local sessions = P .. 'sessions:' .. ref
        redis.call('ZREMRANGEBYSCORE', sessions, '-inf', time)
        redis.call('ZADD', sessions, expiry, sid)
        redis.call('EXPIREAT', sessions, redis.call('ZRANGE', sessions, -1, -1, 'WITHSCORES')[2])
        return { 0, id, redis.call('HGETALL', user) }
        """
    )

    /// session, reference, time → blocked, user's fields, the session's end; or null.
    static let lookup = RedisScript(
        1,
        """
        if not holds(ARGV[1], ARGV[2], ARGV[3]) then return false end
        return answer(ARGV[1], ARGV[2])
        """
    )

    /// session, reference, time, kids, end of tokens, unionid?, "keep", "forget" or "set", phone, then names of fields and
    /// their values → blocked, user's fields, the session's end, the change's id or "" and facts; or null.
    static let update = RedisScript(
        2,
        """
        local sid, ref, time, kids, till, unionid = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], opt(ARGV[6])
        if not holds(sid, ref, time) then return false end
        local user = P .. 'user:' .. ref
        local before = facts(user, kids)
        for index = 9, #ARGV, 2 do redis.call('HSET', user, ARGV[index], ARGV[index + 1]) end
        if ARGV[7] == 'forget' then redis.call('HDEL', user, 'phone') end
        if ARGV[7] == 'set' then redis.call('HSET', user, 'phone', ARGV[8]) end
        if unionid then
            local known = redis.call('HMGET', user, 'unionid', 'created_at')
            if not known[1] then link(user, ref, false, unionid, known[2]) end
        end
        local after = facts(user, kids)
        local found = answer(sid, ref)
        if before == after then return { found[1], found[2], found[3], '', 0 } end
        local id = change('f', ref, after, till)
        trim()
        return { found[1], found[2], found[3], id, after }
        """
    )

    /// session, by the user, end of tokens, time → 0 or 1, the change's id.
    static let endSession = RedisScript(
        3,
        """
        local sid = ARGV[1]
        local there = redis.call('HMGET', P .. 'session:' .. sid, 'user', 'expires_at')
        local count = 0
        if there[1] then
            if tonumber(there[2]) > tonumber(ARGV[4]) then count = 1 end
            redis.call('ZREM', P .. 'sessions:' .. there[1], sid)
            redis.call('DEL', P .. 'session:' .. sid)
        end
        local id = change('e', sid, ARGV[2], ARGV[3])
        trim()
        return { count, id }
        """
    )

    /// id, time, end of tokens, by the user, whether to erase, kids → sessions and their changes' ids, users and theirs.
    static let endUser = RedisScript(
        4,
        """
        local id, time, till, byUser, erases, kids = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
        local ended, forgotten = {}, {}
        for _, ref in ipairs(redis.call('SMEMBERS', P .. 'ids:' .. id)) do
            local sessions = redis.call('ZRANGE', P .. 'sessions:' .. ref, 0, -1, 'WITHSCORES')
            for index = 1, #sessions, 2 do
                local sid = sessions[index]
                redis.call('DEL', P .. 'session:' .. sid)
                if tonumber(sessions[index + 1]) > time then
                    ended[#ended + 1] = sid
                    ended[#ended + 1] = change('e', sid, byUser, till)
                end
            end
            redis.call('DEL', P .. 'sessions:' .. ref)
            if erases == '1' then
                local user = P .. 'user:' .. ref
                if facts(user, kids) > 0 then
                    forgotten[#forgotten + 1] = ref
                    forgotten[#forgotten + 1] = change('f', ref, 0, till)
                end
                local unionid = redis.call('HGET', user, 'unionid')
                if unionid then redis.call('ZREM', P .. 'union:' .. unionid, ref) end
                redis.call('DEL', user)
            end
        end
        if erases == '1' then redis.call('DEL', P .. 'ids:' .. id) end
        trim()
        return { ended, forgotten }
        """
    )

    /// id, whether to block, when the change may be forgotten → its id.
    static let block = RedisScript(
        5,
        """
        local id = change(ARGV[2] == '1' and 'b' or 'u', ARGV[1], '', ARGV[3])
        if ARGV[2] == '1' then
            redis.call('HSET', P .. 'blocked', ARGV[1], id)
        else
            redis.call('HDEL', P .. 'blocked', ARGV[1])
        end
        trim()
        return id
        """
    )

    /// session, reference, time, token, its expiry, what it must outlive, kids → token, expiry; or null.
    static let renew = RedisScript(
        6,
        """
        if not holds(ARGV[1], ARGV[2], ARGV[3]) then return false end
        local session = P .. 'session:' .. ARGV[1]
        local expiry = tonumber(redis.call('HGET', session, 'expires_at'))
        if expiry < tonumber(ARGV[5]) then return false end
        local there = redis.call('HMGET', session, 'successor', 'successor_expires_at')
        if there[1] and tonumber(there[2]) > tonumber(ARGV[6]) and tonumber(there[2]) <= expiry
            and string.find(ARGV[7], string.sub(there[1], 1, string.find(there[1], '.', 1, true)), 1, true) then
            return there
        end
        redis.call('HSET', session, 'successor', ARGV[4], 'successor_expires_at', ARGV[5])
        return { ARGV[4], ARGV[5] }
        """
    )

    /// time, then for each user reference, id, unionid?.
    static let importUsers = RedisScript(
        7,
        """
        for index = 2, #ARGV, 3 do
            local ref, id, unionid = ARGV[index], ARGV[index + 1], opt(ARGV[index + 2])
            local user = P .. 'user:' .. ref
            local known = redis.call('HMGET', user, 'user_id', 'unionid', 'created_at')
            redis.call('HSETNX', user, 'created_at', ARGV[1])
            rename(user, ref, known[1], id)
            if unionid and not known[2] then link(user, ref, false, unionid, known[3] or ARGV[1]) end
        end
        return 1
        """
    )

    /// reference, field, the sealed value that is there, the same sealed anew.
    static let reseal = RedisScript(
        8,
        """
        local user = P .. 'user:' .. ARGV[1]
        if redis.call('HGET', user, ARGV[2]) == ARGV[3] then redis.call('HSET', user, ARGV[2], ARGV[4]) end
        return 1
        """
    )

    /// key, value, seconds → the value that is there, or null.
    static let claim = RedisScript(
        9,
        """
        local there = redis.call('GET', P .. 'shared:' .. ARGV[1])
        if there then return there end
        redis.call('SET', P .. 'shared:' .. ARGV[1], ARGV[2], 'EX', ARGV[3])
        return false
        """
    )

    /// A random word, the follower's id → the word of these data, the last id of the stream or "", who is blocked since
    /// which change, the follower's mark or "".
    static let begin = RedisScript(
        10,
        """
        local set = redis.pcall('SETNX', P .. 'epoch', ARGV[1])
        if type(set) == 'table' and not full(set) then return set end
        if redis.call('EXISTS', P .. 'epoch') == 0 then return set end
        local mark = redis.call('GET', P .. 'follower:' .. ARGV[2])
        return { redis.call('GET', P .. 'epoch'), last(), redis.call('HGETALL', P .. 'blocked'), mark or '' }
        """
    )

    /// The stream's last id as it was read, or "", then for each change its id, kind, subject, value, end → the stream's
    /// last id now; null, and nothing done, where something was added since.
    static let restore = RedisScript(
        11,
        """
        if last() ~= ARGV[1] then return false end
        local id = ARGV[1]
        for index = 2, #ARGV, 5 do
            local order, kind, subject = ARGV[index], ARGV[index + 1], ARGV[index + 2]
            if kind == 'e' then
                local ref = redis.call('HGET', P .. 'session:' .. subject, 'user')
                if ref then redis.call('ZREM', P .. 'sessions:' .. ref, subject) end
                redis.call('DEL', P .. 'session:' .. subject)
            elseif kind == 'b' then
                redis.call('HSET', P .. 'blocked', subject, order)
            elseif kind == 'u' then
                redis.call('HDEL', P .. 'blocked', subject)
            end
            id = change(kind, subject, ARGV[index + 3], ARGV[index + 4], order)
        end
        return id
        """
    )

    /// The word of the data, the follower's id, its mark or "", seconds until the mark expires → 1; 0 and nothing done where
    /// these are other data. A full server keeps its data and takes no mark.
    static let check = RedisScript(
        12,
        """
        if redis.call('GET', P .. 'epoch') ~= ARGV[1] then return 0 end
        if ARGV[3] ~= '' then
            local set = redis.pcall('SET', P .. 'follower:' .. ARGV[2], ARGV[3], 'EX', ARGV[4])
            if set.err and not full(set) then return set end
        end
        return 1
        """
    )
}
