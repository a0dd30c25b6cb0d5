import Configuration
import HTTPWire
import NIOCore

/// Who is at the other end of a connection, worked out once when it is accepted.
struct PeerAddress {
    /// The address as text, without a port.
    let text: [UInt8]
    /// For limits by address.
    let network: ClientNetwork
    /// Nil for a peer that has none, as on a unix socket.
    private let address: IPAddress?

    init(_ address: SocketAddress?) {
        let name = address?.ipAddress ?? "unknown"
        text = Array(name.utf8)
        self.address = IPAddress(name)
        network = ClientNetwork(self.address)
    }

    /// Whether what it says of the request's way is believed.
    func isTrusted(by trustedProxies: [AddressRange]) -> Bool {
        address.map { address in trustedProxies.contains { $0.contains(address) } } ?? false
    }
}

/// The client's address behind proxies that are trusted.
enum ForwardedAddress {
    /// What a trusted peer's head says; nil where it says nothing that can be believed.
    ///
    /// `forwarded` (RFC 7239) counts only without `x-forwarded-for`: of a proxy that writes one, the other may be the
    /// client's.
    static func client(of head: borrowing RequestHead, trustedProxies: [AddressRange]) -> [UInt8]? {
        var list: [UInt8] = []
        if head.has(.xForwardedFor) {
            list = value(of: .xForwardedFor, in: head)
        } else if head.has(.forwarded) {
            let field = value(of: .forwarded, in: head)
            guard let nodes = ForwardedNodes.list(of: field.span) else { return nil }
            list = nodes
        }
        return client(in: list.span, trustedProxies: trustedProxies).map { Array(list[$0]) }
    }

    /// Several lines are one list (RFC 9110 section 5.3); the last one is the nearest proxy's.
    private static func value(of name: KnownField, in head: borrowing RequestHead) -> [UInt8] {
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        var list: [UInt8] = []
        for field in head.fields where field.known == name && !field.isAlias {
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list.append(contentsOf: Array(copying: arena.extracting(field.value.range)))
        }
        return list
    }

    /// The last address of an `x-forwarded-for` list that is no trusted proxy itself (contract, section 2), without the
    /// port and the brackets that some proxies write. Where all are trusted, the first; `nil` where the list holds
    /// something that is no address before one was found, since nothing left of it can be believed. Empty entries do not
    /// count (RFC 9110 section 5.6.1.2).
    static func client(in list: Span<UInt8>, trustedProxies: [AddressRange]) -> Range<Int>? {
        var end = list.count
        var last: Range<Int>?
        while end > 0 {
            var start = end
            while start > 0, list[start - 1] != UInt8(ascii: ",") { start -= 1 }
            let entry = trimmed(list, start..<end)
            end = start - 1
            if entry.isEmpty { continue }
            guard entry.count <= 64, let found = withoutPort(list, entry) else { return last }
            var copy: [UInt8] = []
            for index in found { copy.append(list[index]) }
            guard let address = IPAddress(String(decoding: copy, as: UTF8.self)) else { return last }
            last = found
            if !trustedProxies.contains(where: { $0.contains(address) }) { return found }
        }
        return last
    }

    /// The address of `a.b.c.d:port`, `[v6]` or `[v6]:port`; another entry as it is, since its colons are of the address.
    /// Nil for brackets or a port that are not in order.
    private static func withoutPort(_ list: Span<UInt8>, _ entry: Range<Int>) -> Range<Int>? {
        let bracket = list[entry.lowerBound] == UInt8(ascii: "[")
        let closing = UInt8(ascii: bracket ? "]" : ":")
        guard let end = entry.first(where: { list[$0] == closing }) else { return bracket ? nil : entry }
        if bracket {
            let address = entry.lowerBound + 1..<end
            let isV6 = address.contains { list[$0] == UInt8(ascii: ":") }
            let rest = end + 1..<entry.upperBound
            guard isV6, rest.isEmpty || list[rest.lowerBound] == UInt8(ascii: ":") && isPort(list, rest.dropFirst())
            else { return nil }
            return address
        }
        let port = end + 1..<entry.upperBound
        if port.contains(where: { list[$0] == UInt8(ascii: ":") }) { return entry }
        return isPort(list, port) ? entry.lowerBound..<end : nil
    }

    private static func isPort(_ list: Span<UInt8>, _ port: Range<Int>) -> Bool {
        (1...5).contains(port.count) && port.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= list[$0] }
    }

    private static func trimmed(_ list: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, list[start] == UInt8(ascii: " ") || list[start] == UInt8(ascii: "\t") { start += 1 }
        while end > start, list[end - 1] == UInt8(ascii: " ") || list[end - 1] == UInt8(ascii: "\t") { end -= 1 }
        return start..<end
    }
}

/// The id that a trusted peer gave a request already.
enum ForwardedRequestID {
    /// In bytes.
    private static let maximumLength = 128

    /// Nil where there is none, or one that is too long or not printable.
    static func value(of head: borrowing RequestHead) -> [UInt8]? {
        guard let id = head.firstValue(of: .xRequestID), id.count > 0, id.count <= maximumLength else { return nil }
        let bytes = head.arena
        let value = bytes.readableBytesUInt8Span.extracting(id.range)
        for index in value.indices where value[index] <= 0x20 || value[index] >= 0x7F { return nil }
        return Array(copying: value)
    }
}
