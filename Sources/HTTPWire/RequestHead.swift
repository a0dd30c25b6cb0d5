package import NIOCore

/// A request's head: one arena of bytes and a table of fields that point into it.
///
/// `RequestParser` is the only place that fills and validates one. While it borrows the read buffer it must be used before
/// the next read; `detached()` makes a copy for a request that has to wait.
package struct RequestHead: Sendable {
    /// The bytes from the request line to the empty line, both included.
    package var arena = ByteBuffer()
    /// The method; ``methodName`` has its spelling.
    package var method = HTTPMethod.get
    /// The method as sent; what to forward when `method` is `.other`.
    package var methodName = ByteSlice.empty
    /// The form of the request target.
    package var form = TargetForm.origin
    /// The whole request target as sent.
    package var target = ByteSlice.empty
    /// The target's path, not normalised. Empty for an absolute-form target without one; `*` for asterisk-form.
    package var path = ByteSlice.empty
    /// What follows the first `?`, without it; nil where there is none.
    package var query: ByteSlice?
    /// The Host field's value, or the target's authority where an HTTP/1.0 request has no Host.
    package var authority: ByteSlice?
    /// The version that the message is treated as.
    package var version = HTTPVersion.http11
    /// Whether the client lets the connection live on (RFC 9112 section 9.3).
    package var keepAlive = true
    /// How the body ends (RFC 9112 section 6.3).
    package var framing = BodyFraming.none
    /// `Expect: 100-continue` in a request of HTTP/1.1.
    package var expectsContinue = false
    /// An Upgrade field that Connection names too, in a request of HTTP/1.1.
    package var hasUpgrade = false
    /// All field lines in the order they came, without gaps between them.
    package var fields: [HeaderField] = []
    /// The fields that are present under their own name, without aliases.
    package var present = KnownFieldSet()
    /// Where the field lines end and the empty line begins.
    package var fieldsEnd: UInt32 = 0

    /// Creates an empty head, for a parser to fill.
    package init() {}

    /// Releases the bytes, so that the read buffer is uniquely referenced again; keeps the capacity for fields.
    package mutating func release() {
        self.arena = ByteBuffer()
        self.fields.removeAll(keepingCapacity: true)
        self.present.removeAll()
        self.query = nil
        self.authority = nil
        self.framing = .none
    }

    /// A head that owns its bytes.
    package func detached() -> RequestHead {
        var copy = self
        copy.arena = ByteBuffer()
        copy.arena.writeBytes(self.arena.readableBytesSpan)
        return copy
    }

    /// Replaces the query; an empty one removes the question mark, too. A longer one is kept behind the head, which takes a
    /// copy of it.
    package mutating func replaceQuery(with bytes: [UInt8]) {
        guard let query = self.query else { return }
        var start = Int(query.start)
        if bytes.count <= Int(query.count) {
            self.arena.setBytes(bytes, at: self.arena.readerIndex + start)
        } else {
            start = self.arena.readableBytes
            self.arena.writeBytes(bytes)
        }
        self.query = bytes.isEmpty ? nil : ByteSlice(from: start, to: start + bytes.count)
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
