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
    static func client(of head: borrowing RequestHead, trustedProxies: [AddressRange]) -> [UInt8]? {
        guard head.has(.xForwardedFor) else { return nil }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        // Several lines are one list (RFC 9110 section 5.3); the last one is the nearest proxy's.
        var list: [UInt8] = []
        for field in head.fields where field.known == .xForwardedFor && !field.isAlias {
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list.append(contentsOf: Array(copying: arena.extracting(field.value.range)))
        }
        return client(in: list.span, trustedProxies: trustedProxies).map { Array(list[$0]) }
    }

    /// The last entry of an `x-forwarded-for` list that is no trusted proxy itself (contract, section 2). Where all are
    /// trusted, the first; `nil` where the list holds something that is no address before one was found, since nothing
    /// left of it can be believed.
    static func client(in list: Span<UInt8>, trustedProxies: [AddressRange]) -> Range<Int>? {
        var end = list.count
        var last: Range<Int>?
        while end > 0 {
            var start = end
            while start > 0, list[start - 1] != UInt8(ascii: ",") { start -= 1 }
            let entry = trimmed(list, start..<end)
            guard !entry.isEmpty, entry.count <= 64 else { return last }
            var copy: [UInt8] = []
            for index in entry { copy.append(list[index]) }
            guard let address = IPAddress(String(decoding: copy, as: UTF8.self)) else { return last }
            last = entry
            if !trustedProxies.contains(where: { $0.contains(address) }) { return entry }
            end = start - 1
        }
        return last
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
