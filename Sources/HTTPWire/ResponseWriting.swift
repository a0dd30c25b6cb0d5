package import NIOCore

/// What a response says of the connection to the client (RFC 9112 section 9).
package enum ConnectionToken: Sendable {
    /// Nothing: HTTP/1.1, and the connection lives on.
    case none
    /// This is the last response.
    case close
    /// An HTTP/1.0 client asked for it and gets it.
    case keepAlive
}

extension HeadWriter {
    /// The head of a response to a client, made from a service's. Names come out in lower case.
    ///
    /// - Parameters:
    ///   - status: what the client gets; the service's reason is kept where it is the service's status.
    ///   - policy: which of the service's fields pass.
    ///   - framing: how the body is sent to this client; nothing is said for `.none` and `.untilClose`. For a response
    ///     without a body that may say its length (HEAD, 304) pass that length.
    ///   - extra: whole lines, each with its CRLF, of the caller.
    package static func writeResponseHead(
        into buffer: inout ByteBuffer,
        from head: borrowing ResponseHead,
        status: Int,
        policy: ResponseFieldPolicy,
        framing: BodyFraming,
        connection: ConnectionToken,
        extra: ByteBuffer
    ) {
        let source = head.arena.readableBytesSpan
        buffer.reserveCapacity(minimumWritableBytes: source.byteCount + extra.readableBytes + Self.constantBytes)

        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeDecimal(UInt64(status))
        buffer.writeInteger(Byte.space)
        if status == head.status {
            buffer.writeBytes(source.extracting(head.reason.range))
        } else {
            buffer.writeStaticString(StatusReason.phrase(status))
        }
        buffer.writeStaticString("\r\n")

        var index = 0
        while true {
            var first = index
            guard let run = nextRun(of: head.fields, from: &index, fieldsEnd: head.fieldsEnd, keeping: policy.keeps)
            else { break }
            let base = buffer.readableBytes &- run.lowerBound
            buffer.writeBytes(source.extracting(run))
            var written = buffer.mutableReadableBytesSpan
            while Int(head.fields[first].name.start) < run.lowerBound { first &+= 1 }
            while first < index {
                let name = head.fields[first].name
                Self.lowercase(&written, from: base &+ Int(name.start), count: Int(name.count))
                first &+= 1
            }
        }

        Self.finishResponseHead(into: &buffer, framing: framing, connection: connection, extra: extra)
    }

    /// The head of a response that the gateway makes itself.
    package static func writeOwnResponseHead(
        into buffer: inout ByteBuffer,
        status: Int,
        framing: BodyFraming,
        connection: ConnectionToken,
        extra: ByteBuffer
    ) {
        buffer.reserveCapacity(minimumWritableBytes: extra.readableBytes + Self.constantBytes)
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeDecimal(UInt64(status))
        buffer.writeInteger(Byte.space)
        buffer.writeStaticString(StatusReason.phrase(status))
        buffer.writeStaticString("\r\n")
        Self.finishResponseHead(into: &buffer, framing: framing, connection: connection, extra: extra)
    }

    @inline(__always)
    private static func finishResponseHead(
        into buffer: inout ByteBuffer,
        framing: BodyFraming,
        connection: ConnectionToken,
        extra: ByteBuffer
    ) {
        Self.writeFraming(framing, into: &buffer)
        switch connection {
        case .none: break
        case .close: buffer.writeStaticString("connection: close\r\n")
        case .keepAlive: buffer.writeStaticString("connection: keep-alive\r\n")
        }
        buffer.writeBytes(extra.readableBytesSpan)
        buffer.writeStaticString("\r\n")
    }

    /// Makes the letters of a name lower case.
    @inline(__always)
    private static func lowercase(_ bytes: inout MutableRawSpan, from start: Int, count: Int) {
        var offset = start
        let end = start &+ count
        while offset &+ 8 <= end {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            bytes.storeBytes(of: Eight.lowercased(word).littleEndian, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        while offset < end {
            let byte = bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            bytes.storeBytes(of: Byte.lowercased(byte), toByteOffset: offset, as: UInt8.self)
            offset &+= 1
        }
    }
}
