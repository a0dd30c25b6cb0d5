/// A run of bytes inside an arena, counted from the first readable byte of that arena.
package struct ByteSlice: Sendable, Equatable {
    /// Offset of the first byte.
    package var start: UInt32
    /// Number of bytes.
    package var count: UInt32

    /// Creates a slice of `count` bytes from offset `start`.
    @inlinable
    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    /// The bytes from `start` up to `end`, offsets into bytes whose number fits 32 bits (`HeadScanner` sees to that).
    @inline(__always)
    init(from start: Int, to end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: end &- start)
    }

    /// The empty run at the arena's start.
    @inlinable
    package static var empty: ByteSlice { ByteSlice(start: 0, count: 0) }

    /// Offset just past the last byte.
    @inlinable
    package var end: Int { Int(self.start) + Int(self.count) }

    /// The run as a range for `Span.extracting(_:)`.
    @inlinable
    package var range: Range<Int> { Int(self.start)..<(Int(self.start) + Int(self.count)) }

    /// Whether the slice has no bytes.
    @inlinable
    package var isEmpty: Bool { self.count == 0 }
}

/// A request method (RFC 9110 section 9); case-sensitive, so `get` is `.other`.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, head, post, put, delete, patch, options, connect, trace, other

    /// Whether sending the request twice has the effect of sending it once (RFC 9110 section 9.2.2).
    /// An unknown method is not assumed to be.
    @inlinable
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }
}

/// The version a message is treated as: HTTP/1.x above 1.1 counts as 1.1 (RFC 9110 section 2.5).
package enum HTTPVersion: UInt8, Sendable {
    case http10, http11
}

/// How the end of a message's body is found (RFC 9112 section 6).
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// An exact number of bytes; zero if the sender stated zero.
    case length(UInt64)
    /// Chunks, then a last one of size zero and trailers.
    case chunked
    /// Everything until the connection closes; responses only.
    case untilClose
}

/// The form of a request target (RFC 9112 section 3.2). Authority-form belongs to CONNECT, which is refused.
package enum TargetForm: UInt8, Sendable {
    case origin, absolute, asterisk
}

/// Limits on what a peer can make the gateway hold for one head.
package struct HTTPLimits: Sendable {
    /// Bytes of a request or status line, its CRLF not counted.
    package var requestLine: Int
    /// Bytes of all field lines with their CRLFs and the empty line that ends them.
    package var headerBlock: Int
    /// Number of field lines.
    package var headerCount: Int

    /// Creates limits; the defaults are those of routes.json.
    package init(requestLine: Int = 8192, headerBlock: Int = 32768, headerCount: Int = 100) {
        self.requestLine = requestLine
        self.headerBlock = headerBlock
        self.headerCount = headerCount
    }
}

/// The result of a parser for the bytes so far.
package enum ParseResult: Equatable, Sendable {
    /// The head is incomplete; call again with the same bytes and more.
    case needMore
    /// The head is complete, in the `head` argument.
    case head
    /// The message is rejected. Terminal: the parser returns the same fault from then on.
    case fault(WireFault)
}

/// One field line of a head.
package struct HeaderField: Sendable, Equatable {
    /// The name as it was sent.
    package var name: ByteSlice
    /// The value without the white space around it.
    package var value: ByteSlice
    /// The listed name this one is read as, by its normal form: lower case, every byte but letters and digits read as
    /// `-`, none of those at either end.
    package var known: KnownField
    /// The name as sent is another spelling than `known` has, letter case put aside (`x_user_id`, `x.user.id`).
    /// An alias never counts as the field itself.
    package var isAlias: Bool
    /// `Connection` names this field, so that it ends here (RFC 9110 section 7.6.1).
    package var isHopByHop: Bool

    /// Creates a field from its slices and its classification.
    @inlinable
    package init(name: ByteSlice, value: ByteSlice, known: KnownField, isAlias: Bool = false, isHopByHop: Bool = false)
    {
        self.name = name
        self.value = value
        self.known = known
        self.isAlias = isAlias
        self.isHopByHop = isHopByHop
    }
}

extension [HeaderField] {
    /// The index of the first field with that name; aliases don't count.
    package func firstIndex(named field: KnownField) -> Int? {
        for index in self.indices where self[index].known == field && !self[index].isAlias { return index }
        return nil
    }
}
