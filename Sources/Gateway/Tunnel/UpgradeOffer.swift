import HTTPWire
import NIOCore

/// The protocols that a client offers to change to and that the route allows (RFC 9110, section 7.8).
struct UpgradeOffer: Equatable, Sendable {
    static let webSocket = Array("websocket".utf8)

    /// Names in lower case, as they are offered to the service.
    let protocols: [[UInt8]]

    /// Nil where the request is served as one that asks for nothing: nothing that is allowed is offered, or the request
    /// has a body, behind which nobody could tell where the other protocol begins.
    init?(_ head: borrowing RequestHead, allowed: [[UInt8]]) {
        guard head.hasUpgrade, head.framing == .none, head.method != .head else { return nil }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        var offered: [[UInt8]] = []
        for field in head.fields where field.known == .upgrade && !field.isAlias {
            let value = arena.extracting(field.value.range)
            for name in allowed where !offered.contains(name) && Self.list(value, holds: name.span) {
                // RFC 6455, section 4.1: a WebSocket begins with GET.
                if head.method == .get || name != Self.webSocket { offered.append(name) }
            }
        }
        guard !offered.isEmpty else { return nil }
        protocols = offered
    }

    /// The one protocol that a 101 changes to; nil where it is not exactly one of those that were offered, or the head
    /// leaves a doubt of where its bytes begin.
    func accepted(by head: borrowing ResponseHead) -> [UInt8]? {
        guard head.status == 101, head.version == .http11, head.namesUpgrade, head.contentLength == nil,
            !head.has(.transferEncoding), let index = head.firstIndex(of: .upgrade)
        else { return nil }
        for other in head.fields.indices where other != index && head.fields[other].known == .upgrade { return nil }
        let bytes = head.arena
        let value = bytes.readableBytesUInt8Span.extracting(head.fields[index].value.range)
        return protocols.first { value.isEqual(toLowercase: $0.span) }
    }

    /// Whether one element of a list is the name and nothing else; a version behind it makes another protocol of it.
    private static func list(_ value: Span<UInt8>, holds name: Span<UInt8>) -> Bool {
        var isFound = false
        FieldList.forEachElement(of: value) { if $0.isEqual(toLowercase: name) { isFound = true } }
        return isFound
    }
}
