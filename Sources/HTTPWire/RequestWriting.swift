package import NIOCore

/// Writes heads into the buffer that goes out next. Room is reserved once for a whole head; every copy is checked against
/// it.
package enum HeadWriter {
    /// The maximum length of a head without the copied bytes: version, status and reason, host, framing and connection
    /// fields.
    static let constantBytes = 192

    /// Writes the head of a request to a service, from a client's head (RFC 9110 section 7.6).
    ///
    /// - Parameters:
    ///   - target: the request target, rewritten and normalised, with the query of the head if there is one.
    ///   - host: the authority of the service.
    ///   - policy: the client's fields that pass.
    ///   - identity: complete lines, each with its CRLF, that identify the user.
    ///   - extra: further fields of the caller.
    ///   - framing: how the body is sent; `.untilClose` does not exist for requests and counts as none.
    package static func writeRequestHead(
        into buffer: inout ByteBuffer,
        from head: borrowing RequestHead,
        target: Span<UInt8>,
        host: Span<UInt8>,
        policy: RequestFieldPolicy,
        identity: RawSpan,
        extra: FieldBlock,
        framing: BodyFraming
    ) {
        let source = head.arena.readableBytesSpan
        assert(extra.isWellFormed)
        let extraBytes = extra.lines.readableBytesSpan
        let room =
            source.byteCount + target.count + host.count + identity.byteCount + extraBytes.byteCount
            + Self.constantBytes
        buffer.writeWithOutputRawSpan(minimumWritableBytes: room) { out in
            // The request line (RFC 9112 section 3). The gateway sends HTTP/1.1 whatever the version of the client (RFC
            // 9110 section 2.5).
            Output.append(source.extracting(head.methodName.range), to: &out)
            out.append(Byte.space)
            Output.append(target.bytes, to: &out)
            if let query = head.query {
                out.append(Byte.question)
                Output.append(source.extracting(query.range), to: &out)
            }
            // Host is the service's own (RFC 9110 section 7.2); the client's is forwarded in `x-forwarded-host`, by
            // `extra`.
            Output.append(" HTTP/1.1\r\nhost: ", to: &out)
            Output.append(host.bytes, to: &out)
            Output.append("\r\n", to: &out)

            // What passes of the client's own fields, in its order, runs of lines at once (RFC 9110 sections 5.3, 7.6.1).
            var runs = FieldRuns(dropped: policy.dropped, droppedAliases: RequestFieldPolicy.droppedAliases)
            while runs.advance(head.fields, fieldsEnd: head.fieldsEnd) {
                Output.append(source.extracting(runs.bytes), to: &out)
            }

            // New framing fields: the client's were dropped above (RFC 9112 section 6).
            Self.append(framing, to: &out)
            Output.append(identity, to: &out)
            Output.append(extraBytes, to: &out)
            Output.append("\r\n", to: &out)
        }
    }

    @inline(__always)
    static func append(_ framing: BodyFraming, to out: inout OutputRawSpan) {
        switch framing {
        case .none, .untilClose: break
        case .chunked: Output.append("transfer-encoding: chunked\r\n", to: &out)
        case .length(let length):
            Output.append("content-length: ", to: &out)
            Output.append(decimal: length, to: &out)
            Output.append("\r\n", to: &out)
        }
    }
}

/// Walks over the fields of a head in runs that all pass: their lines lie one after the other in the arena, and are copied
/// at once.
struct FieldRuns {
    private let dropped: KnownFieldSet
    private let droppedAliases: KnownFieldSet
    /// The fields of the current run.
    private(set) var first = 0
    private(set) var end = 0
    /// Their bytes in the arena.
    private(set) var bytes = 0..<0

    init(dropped: KnownFieldSet, droppedAliases: KnownFieldSet) {
        self.dropped = dropped
        self.droppedAliases = droppedAliases
    }

    /// Advances to the next run; false if there is none.
    @inline(__always)
    mutating func advance(_ fields: [HeaderField], fieldsEnd: UInt32) -> Bool {
        var index = self.end
        while index < fields.count, !self.keeps(fields[index]) { index &+= 1 }
        guard index < fields.count else { return false }
        self.first = index
        while index < fields.count, self.keeps(fields[index]) { index &+= 1 }
        self.end = index
        let bytesEnd = index < fields.count ? fields[index].name.start : fieldsEnd
        self.bytes = Int(fields[self.first].name.start)..<Int(bytesEnd)
        return true
    }

    @inline(__always)
    private func keeps(_ field: HeaderField) -> Bool {
        !(field.isHopByHop || (field.isAlias ? self.droppedAliases : self.dropped).contains(field.known))
    }
}
