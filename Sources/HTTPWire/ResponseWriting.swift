package import NIOCore

/// What a response tells the client about the connection (RFC 9112 section 9).
package enum ConnectionToken: Sendable {
    /// Nothing: HTTP/1.1, and the connection lives on.
    case none
    /// This is the last response.
    case close
    /// An HTTP/1.0 client requested it and gets it.
    case keepAlive
}

extension HeadWriter {
    /// Writes the head of a response to a client, from a service's head. Names are written in lower case.
    ///
    /// - Parameters:
    ///   - status: for the client; the service's reason phrase is kept if the status is unchanged.
    ///   - policy: the service's fields that pass.
    ///   - framing: how the body is sent to this client; `.none` and `.untilClose` write no field. For a response
    ///     without a body that may state its length (HEAD, 304), pass that length.
    ///   - extra: fields of the caller.
    package static func writeResponseHead(
        into buffer: inout ByteBuffer,
        from head: borrowing ResponseHead,
        status: Int,
        policy: ResponseFieldPolicy,
        framing: BodyFraming,
        connection: ConnectionToken,
        extra: FieldBlock
    ) {
        let source = head.arena.readableBytesSpan
        assert(extra.isWellFormed)
        let extraBytes = extra.lines.readableBytesSpan
        let room = source.byteCount + extraBytes.byteCount + Self.constantBytes
        buffer.writeWithOutputRawSpan(minimumWritableBytes: room) { out in
            Self.appendStatus(status, to: &out)
            if status == head.status {
                Output.append(source.extracting(head.reason.range), to: &out)
            } else {
                Output.append(StatusReason.phrase(status), to: &out)
            }
            Output.append("\r\n", to: &out)

            var runs = FieldRuns(dropped: policy.dropped, droppedAliases: ResponseFieldPolicy.droppedAliases)
            while runs.advance(head.fields, fieldsEnd: head.fieldsEnd) {
                let base = out.byteCount &- runs.bytes.lowerBound
                Output.append(source.extracting(runs.bytes), to: &out)
                for index in runs.first..<runs.end {
                    let name = head.fields[index].name
                    Output.lowercaseName(at: base &+ Int(name.start), count: Int(name.count), in: &out)
                }
            }
            Self.finishResponse(framing: framing, connection: connection, extra: extraBytes, to: &out)
        }
    }

    /// The head of a response that the gateway makes itself.
    package static func writeOwnResponseHead(
        into buffer: inout ByteBuffer,
        status: Int,
        framing: BodyFraming,
        connection: ConnectionToken,
        extra: FieldBlock
    ) {
        assert(extra.isWellFormed)
        let extraBytes = extra.lines.readableBytesSpan
        buffer.writeWithOutputRawSpan(minimumWritableBytes: extraBytes.byteCount + Self.constantBytes) { out in
            Self.appendStatus(status, to: &out)
            Output.append(StatusReason.phrase(status), to: &out)
            Output.append("\r\n", to: &out)
            Self.finishResponse(framing: framing, connection: connection, extra: extraBytes, to: &out)
        }
    }

    @inline(__always)
    private static func appendStatus(_ status: Int, to out: inout OutputRawSpan) {
        Output.append("HTTP/1.1 ", to: &out)
        Output.append(decimal: UInt64(status), to: &out)
        out.append(Byte.space)
    }

    @inline(__always)
    private static func finishResponse(
        framing: BodyFraming,
        connection: ConnectionToken,
        extra: RawSpan,
        to out: inout OutputRawSpan
    ) {
        Self.append(framing, to: &out)
        switch connection {
        case .none: break
        case .close: Output.append("connection: close\r\n", to: &out)
        case .keepAlive: Output.append("connection: keep-alive\r\n", to: &out)
        }
        Output.append(extra, to: &out)
        Output.append("\r\n", to: &out)
    }
}
