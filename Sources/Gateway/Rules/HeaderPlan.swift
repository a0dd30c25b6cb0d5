import Configuration
import Cryptography
import HTTPWire

/// What header rules can tell of one request.
struct HeaderFacts {
    var userID: [UInt8]?
    var openid: [UInt8]?
    var unionid: [UInt8]?
    var appID: [UInt8]?
    var requestID: [UInt8] = []
    var clientAddress: [UInt8] = []

    fileprivate func value(of variable: HeaderVariable) -> [UInt8]? {
        switch variable {
        case .userID: userID
        case .userOpenid: openid
        case .userUnionid: unionid
        case .userAppID: appID
        case .requestID: requestID
        case .clientAddress: clientAddress
        }
    }
}

/// Header rules in the form that the data path uses: names to take out, lines to write. Holds secrets.
final class HeaderPlan: Sendable {
    fileprivate enum Piece: Sendable {
        case bytes([UInt8])
        case variable(HeaderVariable)
        /// A segment of the path, by number.
        case segment(Int)
    }

    fileprivate struct Line: Sendable {
        /// With its colon and a space.
        let start: [UInt8]
        let pieces: [Piece]
        /// Says what caches may do, which an answer with a token in it, or a failure, says itself.
        let isOfCaches: Bool
    }

    private static let codings: Set<String> = ["accept-encoding", "if-range", "range"]

    /// Names whose lines are dropped, in the form of ``HeaderNames``.
    private let dropped: [[UInt8]]
    private let lines: [Line]

    /// The rules of a service and, with the last word, those of a route. Nil where there are none.
    ///
    /// - Parameters:
    ///   - pattern: the route's.
    ///   - wraps: the service's bodies are wrapped, so that the gateway alone says in which coding they come.
    init?(
        service: HeaderRulesConfiguration,
        route: HeaderRulesConfiguration,
        pattern: RoutePattern,
        secrets: [String: Secret],
        wraps: Bool = false
    ) {
        if service.isEmpty, route.isEmpty { return nil }
        // What the route sets or removes, the service's rules need not say any more.
        let decided = Set(route.set.map(\.name.text) + route.remove.map(\.text))
        let kept = (service.set + service.add).filter { !decided.contains($0.name.text) }
        dropped = Set(
            (service.set + route.set).map(\.name.text) + (service.remove + route.remove).map(\.text)
        ).sorted().map { HeaderNames.normalForm(Array($0.utf8)) }
        let rules = (kept + route.set + route.add).filter { !wraps || !Self.codings.contains($0.name.text) }
        lines = rules.map { rule in
            Line(
                start: Array("\(rule.name.text): ".utf8),
                pieces: rule.value.pieces.map { piece in
                    switch piece {
                    case .text(let text): .bytes(Array(text.utf8))
                    case .variable(let variable): .variable(variable)
                    case .secret(let name): .bytes(secrets[name]?.bytes ?? [])
                    case .segment(let name): .segment(pattern.names[name] ?? .max)
                    }
                },
                isOfCaches: FieldNames.standard.isAboutCaching(Array(rule.name.text.utf8))
            )
        }
    }

    /// Marks the fields that are taken out, so that the writer of the next head leaves them out.
    func drop(from fields: inout [HeaderField], in arena: Span<UInt8>) {
        guard !dropped.isEmpty else { return }
        for index in fields.indices {
            let name = fields[index].name
            for normal in dropped where HeaderNames.matches(arena.extracting(name.range), normal) {
                fields[index].isHopByHop = true
            }
        }
    }

    /// The lines to write, each with its CRLF. A line that tells what is not known of this request (the user of an
    /// anonymous one) is left out.
    ///
    /// - Parameters:
    ///   - path: the route's, in normal form.
    ///   - caching: whether lines that are about caches are wanted; nil: all.
    /// - Returns: nil where a value holds bytes that no field can hold.
    func render(_ facts: HeaderFacts, path: Span<UInt8>, caching: Bool? = nil) -> [UInt8]? {
        var result: [UInt8] = []
        lines: for line in lines where caching == nil || line.isOfCaches == caching {
            let start = result.count
            result += line.start
            for piece in line.pieces {
                switch piece {
                case .bytes(let bytes):
                    result += bytes
                case .variable(let variable):
                    guard let value = facts.value(of: variable) else {
                        result.removeSubrange(start...)
                        continue lines
                    }
                    guard value.allSatisfy(HeaderNames.isAllowed) else { return nil }
                    result += value
                case .segment(let number):
                    guard let range = PathSegments.range(number, in: path) else { return nil }
                    for index in range {
                        guard HeaderNames.isAllowed(path[index]) else { return nil }
                        result.append(path[index])
                    }
                }
            }
            result += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        }
        return result
    }
}

extension HeaderPlan: Redacted {
    /// The same words for every plan: it may hold secrets.
    var description: String { "(header rules)" }
}
