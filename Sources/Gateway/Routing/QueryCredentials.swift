/// Token and code in a query, as WeChat's data pre-fetch sends them (`GET
/// URL?appid&token|code&timestamp&path&query&scene`).
///
/// Values are percent-decoded (a `+` stays: tokens and codes contain no space). Duplicate parameters are rejected, and
/// all of them are removed.
struct QueryCredentials {
    private(set) var token: [UInt8]?
    private(set) var code: [UInt8]?
    private(set) var appID: [UInt8]?
    /// The query without `token` and `code`, its other parts as they came.
    private(set) var rest: [UInt8] = []
    /// Whether there was one of them at all.
    private(set) var removesAnything = false

    init(_ query: Span<UInt8>) {
        var counts = (token: 0, code: 0, appID: 0)
        var isFirst = true
        var start = 0
        while start <= query.count {
            var end = start
            while end < query.count, query[end] != UInt8(ascii: "&") { end += 1 }
            let part = query.extracting(start..<end)
            start = end + 1
            switch Self.name(of: part) {
            case "token":
                counts.token += 1
                token = Self.value(of: part)
                removesAnything = true
            case "code":
                counts.code += 1
                code = Self.value(of: part)
                removesAnything = true
            case let name:
                if name == "appid" {
                    counts.appID += 1
                    appID = Self.value(of: part)
                }
                if !isFirst { rest.append(UInt8(ascii: "&")) }
                isFirst = false
                for index in part.indices { rest.append(part[index]) }
            }
        }
        // An empty value is none; two tokens are one that no verifier takes.
        if counts.token > 1 { token = [UInt8(ascii: "&")] } else if token?.isEmpty == true { token = nil }
        if counts.code > 1 { code = [UInt8(ascii: "&")] } else if code?.isEmpty == true { code = nil }
        if counts.appID != 1 || appID?.isEmpty == true { appID = nil }
    }

    /// The decoded name, for names short enough to match.
    private static func name(of part: Span<UInt8>) -> String? {
        var end = 0
        while end < part.count, part[end] != UInt8(ascii: "=") { end += 1 }
        guard end > 0, end <= 15, let name = PercentDecoding.decoded(part.extracting(0..<end)) else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private static func value(of part: Span<UInt8>) -> [UInt8]? {
        var start = 0
        while start < part.count, part[start] != UInt8(ascii: "=") { start += 1 }
        guard start < part.count else { return [] }
        return PercentDecoding.decoded(part.extracting((start + 1)...)) ?? [UInt8(ascii: "%")]
    }
}
