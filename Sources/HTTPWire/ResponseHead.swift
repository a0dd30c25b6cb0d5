package import NIOCore

/// The head of a service's response: one arena of bytes and a table of fields that point into it.
package struct ResponseHead: Sendable {
    /// The bytes from the status line to the empty line, both included.
    package var arena = ByteBuffer()
    /// The version that the message is treated as.
    package var version = HTTPVersion.http11
    /// 100 to 599.
    package var status = 200
    /// The reason phrase as sent; may be empty.
    package var reason = ByteSlice.empty
    /// How the body ends; `.none` for HEAD, 1xx, 204 and 304, whatever the fields say (RFC 9112 section 6.3).
    package var framing = BodyFraming.none
    /// Whether the service lets the connection live on.
    package var keepAlive = true
    /// Whether the connection may carry another request once this body is read. On an informational head it counts for
    /// the whole exchange: once false, never reuse.
    package var reusable = true
    /// The response states a body that it does not have, as it may to HEAD and with 304 (RFC 9110 section 8.6; RFC 9112
    /// section 6.1): a service that is not careful sends that body after all.
    package var claimsBody = false
    /// Connection has the option `upgrade`.
    package var namesUpgrade = false
    /// The Content-Length field, also where the response has no body.
    package var contentLength: UInt64?
    /// All field lines in the order they came, without gaps between them.
    package var fields: [HeaderField] = []
    /// The fields that are present under their own name, without aliases.
    package var present = KnownFieldSet()
    /// Where the field lines end and the empty line begins.
    package var fieldsEnd: UInt32 = 0

    /// Creates an empty head, for a parser to fill.
    package init() {}

    /// 1xx: another head follows.
    @inlinable
    package var isInformational: Bool { self.status < 200 }

    /// Releases the bytes, so that the read buffer is uniquely referenced again; keeps the capacity for fields.
    package mutating func release() {
        self.arena = ByteBuffer()
        self.fields.removeAll(keepingCapacity: true)
        self.present.removeAll()
        self.contentLength = nil
        self.framing = .none
    }

    /// A head that owns its bytes.
    package func detached() -> ResponseHead {
        var copy = self
        copy.arena = ByteBuffer()
        copy.arena.writeBytes(self.arena.readableBytesSpan)
        return copy
    }

    /// Whether the field is present under its own name. One shift.
    @inlinable
    package func has(_ field: KnownField) -> Bool { self.present.contains(field) }

    /// Index in `fields` of the first line with that name; aliases don't count. One shift where there is none.
    @inlinable
    package func firstIndex(of field: KnownField) -> Int? {
        self.present.contains(field) ? self.fields.firstIndex(named: field) : nil
    }

    /// The value of the first line with that name.
    @inlinable
    package func firstValue(of field: KnownField) -> ByteSlice? {
        guard let index = self.firstIndex(of: field) else { return nil }
        return self.fields[index].value
    }
}
