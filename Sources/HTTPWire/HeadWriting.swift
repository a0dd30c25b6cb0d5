package import NIOCore

/// Writes heads into the buffer that goes out next. Room is reserved once for a whole head; every copy is checked against
/// it.
package enum HeadWriter {
    /// Room for what a head has beside copied bytes: request line, host, framing and connection fields.
    static let constantBytes = 160

    /// The head of a request to a service, made from a client's (RFC 9110 section 7.6).
    ///
    /// - Parameters:
    ///   - target: the path to ask for, rewritten and in normal form; with the head's own query where it has one.
    ///   - host: the service's authority.
    ///   - policy: which of the client's fields pass.
    ///   - identity: whole lines, each with its CRLF, that say who the user is.
    ///   - extra: further whole lines of the caller.
    ///   - framing: how the body is sent; `.untilClose` does not exist for requests and counts as none.
    package static func writeRequestHead(
        into buffer: inout ByteBuffer,
        from head: borrowing RequestHead,
        target: Span<UInt8>,
        host: Span<UInt8>,
        policy: RequestFieldPolicy,
        identity: ByteBuffer,
        extra: ByteBuffer,
        framing: BodyFraming
    ) {
        let source = head.arena.readableBytesSpan
        buffer.reserveCapacity(
            minimumWritableBytes: source.byteCount + target.count + host.count + identity.readableBytes
                + extra.readableBytes + Self.constantBytes
        )

        // The request line (RFC 9112 section 3). The gateway speaks HTTP/1.1 whatever the client spoke (RFC 9110
        // section 2.5).
        buffer.writeBytes(source.extracting(head.methodName.range))
        buffer.writeInteger(Byte.space)
        buffer.writeBytes(target.bytes)
        if let query = head.query {
            buffer.writeInteger(Byte.question)
            buffer.writeBytes(source.extracting(query.range))
        }
        // Host is the service's own (RFC 9110 section 7.2); the client's goes on in `x-forwarded-host`, by `extra`.
        buffer.writeStaticString(" HTTP/1.1\r\nhost: ")
        buffer.writeBytes(host.bytes)
        buffer.writeStaticString("\r\n")

        // What passes of the client's own fields, in its order, runs of lines at once (RFC 9110 sections 5.3 and 7.6.1).
        var index = 0
        while let run = nextRun(of: head.fields, from: &index, fieldsEnd: head.fieldsEnd, keeping: policy.keeps) {
            buffer.writeBytes(source.extracting(run))
        }

        // Framing anew: what the client said of it was dropped above (RFC 9112 section 6).
        writeFraming(framing, into: &buffer)
        buffer.writeBytes(identity.readableBytesSpan)
        buffer.writeBytes(extra.readableBytesSpan)
        buffer.writeStaticString("\r\n")
    }

    static func writeFraming(_ framing: BodyFraming, into buffer: inout ByteBuffer) {
        switch framing {
        case .none, .untilClose: break
        case .chunked: buffer.writeStaticString("transfer-encoding: chunked\r\n")
        case .length(let length):
            buffer.writeStaticString("content-length: ")
            buffer.writeDecimal(length)
            buffer.writeStaticString("\r\n")
        }
    }

    /// The next run of lines that all pass; they lie one after the other in the arena.
    @inline(__always)
    static func nextRun(
        of fields: [HeaderField],
        from index: inout Int,
        fieldsEnd: UInt32,
        keeping keeps: (HeaderField) -> Bool
    ) -> Range<Int>? {
        while index < fields.count, !keeps(fields[index]) { index &+= 1 }
        guard index < fields.count else { return nil }
        let start = Int(fields[index].name.start)
        while index < fields.count, keeps(fields[index]) { index &+= 1 }
        let end = index < fields.count ? fields[index].name.start : fieldsEnd
        return start..<Int(end)
    }
}

extension ByteBuffer {
    /// Decimal digits without a String.
    mutating func writeDecimal(_ value: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        var rest = value
        repeat {
            first &-= 1
            digits[first] = Byte.zero &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        self.writeBytes(digits.span.extracting(first..<20).bytes)
    }
}
