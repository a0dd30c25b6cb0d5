import Configuration
import Cryptography
import HTTPWire

/// The values of one request for header rules.
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

/// Header rules in the form for the data path: names to remove, lines to write. Contains secrets.
final class HeaderPlan: Sendable {
    fileprivate enum Piece: Sendable {
        case bytes([UInt8])
        case variable(HeaderVariable)
        /// A segment of the path, by number.
        case segment(Int)
    }

    fileprivate struct Line: Sendable {
        let name: [UInt8]
        let pieces: [Piece]
        /// Whether the line controls caches; responses with a token, and failures, set these fields themselves.
        let isOfCaches: Bool
    }

    private static let codings: Set<String> = ["accept-encoding", "if-range", "range"]

    /// Names whose lines are dropped, in the form of ``HeaderNames``.
    private let dropped: [[UInt8]]
    private let lines: [Line]

    /// The rules of a service, overridden by those of a route. Nil if there are none.
    ///
    /// - Parameters:
    ///   - pattern: of the route.
    ///   - wraps: the service's bodies are wrapped, so the gateway controls their content coding.
    init?(
        service: HeaderRulesConfiguration,
        route: HeaderRulesConfiguration,
        pattern: RoutePattern,
        secrets: [String: Secret],
        wraps: Bool = false
    ) {
        if service.isEmpty, route.isEmpty { return nil }
        // Names that the route sets or removes override the service's rules.
        let decided = Set(route.set.map(\.name.text) + route.remove.map(\.text))
        let kept = (service.set + service.add).filter { !decided.contains($0.name.text) }
        dropped = Set(
            (service.set + route.set).map(\.name.text) + (service.remove + route.remove).map(\.text)
        ).sorted().map { HeaderNames.normalForm(Array($0.utf8)) }
        let rules = (kept + route.set + route.add).filter { !wraps || !Self.codings.contains($0.name.text) }
        lines = rules.map { rule in
            Line(
                name: Array(rule.name.text.utf8),
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

    /// Marks fields to remove, so that the writer of the next head omits them.
    func drop(from fields: inout [HeaderField], in arena: Span<UInt8>) {
        guard !dropped.isEmpty else { return }
        for index in fields.indices {
            let name = fields[index].name
            for normal in dropped where HeaderNames.matches(arena.extracting(name.range), normal) {
                fields[index].isHopByHop = true
            }
        }
    }

    /// The fields to write. A field with a value that is unknown for this request (the user of an
    /// anonymous one) is omitted.
    ///
    /// - Parameters:
    ///   - path: of the request, in normal form.
    ///   - caching: whether to return fields that control caches; nil: all fields.
    /// - Returns: nil if a value contains bytes that are not allowed in a field.
    func render(_ facts: HeaderFacts, path: Span<UInt8>, caching: Bool? = nil) -> FieldBlock? {
        var result = FieldBlock()
        var text: [UInt8] = []
        lines: for line in lines where caching == nil || line.isOfCaches == caching {
            text.removeAll(keepingCapacity: true)
            for piece in line.pieces {
                switch piece {
                case .bytes(let bytes):
                    text += bytes
                case .variable(let variable):
                    guard let value = facts.value(of: variable) else { continue lines }
                    guard value.allSatisfy(HeaderNames.isAllowed) else { return nil }
                    text += value
                case .segment(let number):
                    guard let range = PathSegments.range(number, in: path) else { return nil }
                    for index in range {
                        guard HeaderNames.isAllowed(path[index]) else { return nil }
                        text.append(path[index])
                    }
                }
            }
            result.append(line.name.span, text.span)
        }
        return result
    }
}

extension HeaderPlan: Redacted {
    /// A constant text for every plan, since it may contain secrets.
    var description: String { "(header rules)" }
}
