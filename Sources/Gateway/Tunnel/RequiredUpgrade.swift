import HTTPWire
import NIOCore

/// The protocols that a 426 asks for (RFC 9110, section 15.5.22). `upgrade` is of one connection, so the gateway writes it anew:
/// without it the response would not say what to do.
enum RequiredUpgrade {
    /// These carry further requests, which would bypass tokens, routes and limits. They are never offered to a service.
    private static let left = ["h2", "h2c", "h3", "http", "tls"].map { Array($0.utf8) }

    /// The fields to send; nil where the head asks for nothing that a request could offer.
    static func fields(of head: borrowing ResponseHead) -> FieldBlock? {
        guard head.status == 426, head.has(.upgrade) else { return nil }
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        var list = ByteBuffer()
        for field in head.fields where field.known == .upgrade && !field.isAlias {
            append(arena.extracting(field.value.range), to: &list)
        }
        guard list.readableBytes > 0 else { return nil }
        var fields = FieldBlock()
        fields.append("connection", "upgrade")
        fields.append("upgrade") { $0.writeImmutableBuffer(list) }
        return fields
    }

    private static func append(_ value: Span<UInt8>, to list: inout ByteBuffer) {
        FieldList.forEachElement(of: value) { entry in
            guard isOffered(entry) else { return }
            if list.readableBytes > 0 { list.writeStaticString(", ") }
            list.writeBytes(entry.bytes)
        }
    }

    /// A protocol's name, with or without a version behind a slash, that is not left out.
    private static func isOffered(_ entry: Span<UInt8>) -> Bool {
        var nameEnd = 0
        while nameEnd < entry.count, entry[nameEnd] != UInt8(ascii: "/") { nameEnd += 1 }
        let name = entry.extracting(0..<nameEnd)
        return !name.isEmpty && !left.contains { name.isEqual(toLowercase: $0.span) }
    }
}
