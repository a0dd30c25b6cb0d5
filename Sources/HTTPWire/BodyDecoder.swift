package import NIOCore

/// The result of a body decoder.
package enum BodyPart: Equatable, Sendable {
    /// Bytes of the body; a slice of the input, not a copy.
    case data(ByteBuffer)
    /// All input is used up; call again when there is more.
    case needMore
    /// The body is complete. The rest of the input belongs to the next message.
    case end
    /// The framing is broken. Terminal.
    case fault(WireFault)
}

/// Takes a body out of the bytes of a connection (RFC 9112 sections 6 and 7). Trailers are checked and dropped.
package struct BodyDecoder: Sendable {
    private enum State {
        case length(UInt64)
        case chunked(ChunkedDecoder)
        case untilClose
        case complete
        case failed(WireFault)
    }

    private var state: State

    /// - Parameters:
    ///   - framing: of the message, from its head.
    ///   - limits: bound the trailer section of a chunked body.
    package init(framing: BodyFraming, limits: HTTPLimits = HTTPLimits()) {
        switch framing {
        case .none, .length(0): self.state = .complete
        case .length(let length): self.state = .length(length)
        case .chunked: self.state = .chunked(ChunkedDecoder(limits: limits))
        case .untilClose: self.state = .untilClose
        }
    }

    /// The body ended as its framing requires.
    package var isComplete: Bool {
        if case .complete = self.state { return true }
        return false
    }

    /// The next part. Takes from `buffer` what belongs to the body and nothing else.
    package mutating func next(_ buffer: inout ByteBuffer) -> BodyPart {
        switch self.state {
        case .complete: return .end
        case .failed(let fault): return .fault(fault)
        case .untilClose:
            guard let data = Self.take(Int.max, from: &buffer) else { return .needMore }
            return .data(data)
        case .length(let remaining):
            guard let data = Self.take(Int(clamping: remaining), from: &buffer) else { return .needMore }
            let left = remaining - UInt64(data.readableBytes)
            self.state = left == 0 ? .complete : .length(left)
            return .data(data)
        case .chunked(var decoder):
            let part = decoder.next(&buffer)
            switch part {
            case .end: self.state = .complete
            case .fault(let fault): self.state = .failed(fault)
            case .data, .needMore: self.state = .chunked(decoder)
            }
            return part
        }
    }

    /// The peer has closed, all its bytes were given to `next(_:)`: whether that was the body's proper end.
    package mutating func finishAtClose() -> Bool {
        if case .untilClose = self.state { self.state = .complete }
        return self.isComplete
    }

    @inline(__always)
    static func take(_ most: Int, from buffer: inout ByteBuffer) -> ByteBuffer? {
        let count = min(most, buffer.readableBytes)
        return count > 0 ? buffer.readSlice(length: count) : nil
    }
}
