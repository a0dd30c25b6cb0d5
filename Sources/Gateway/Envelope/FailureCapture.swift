import JSON
package import NIOCore

/// Captures the body of a failed response, bounded, and turns it into the envelope (product contract, section 3).
///
/// The value of `data.data`:
/// - the body itself if it is complete and valid JSON. Unless `content-type` says JSON, only an object or an array
///   counts, so that a plain text `404` stays a text;
/// - otherwise the body as a string: invalid UTF-8 replaced, truncated at a character boundary at the limit. A
///   truncated or incomplete body is marked `"truncated":true` in `data`, beside `status`. An empty body is the empty
///   string;
/// - `{"error":{"message":"…"}}` if the content coding could not be decoded.
///
/// Of a body that is this envelope already, `msg` and `data` are taken over. The coded bytes are kept and decoded once, at
/// the end: the memory is at most twice the limit, and the split of the body does not matter.
package struct FailureCapture: Sendable {
    private let limit: Int
    private let saysJSON: Bool
    private let coding: ContentCoding
    private let expected: Int?
    private var received = 0
    private var captured: [UInt8] = []

    /// - Parameters:
    ///   - limit: of the decoded body, in bytes.
    ///   - contentType: the value of the field, empty without one; `contentEncoding` likewise.
    ///   - contentLength: as announced in the head, to detect an incomplete body. Nil for a chunked body or a response
    ///     to HEAD.
    package init(
        limit: Int = 65536,
        contentType: Span<UInt8>,
        contentEncoding: Span<UInt8>,
        contentLength: Int? = nil
    ) {
        self.limit = limit
        saysJSON = MediaType.isJSON(contentType)
        coding = ContentCoding(contentEncoding)
        expected = contentLength
        if coding != .other { captured.reserveCapacity(min(contentLength ?? 1024, captureLimit)) }
    }

    /// A coded body of incompressible content is a little longer than the content.
    private var captureLimit: Int { coding == .identity ? limit + 1 : limit + limit / 64 + 1024 }

    /// Whether more bytes would change nothing, so that the caller need not read on.
    package var isFull: Bool { coding == .other || captured.count >= captureLimit }

    /// The next bytes of the body, without transfer coding.
    package mutating func append(_ bytes: ByteBuffer) {
        received += bytes.readableBytes
        guard coding != .other else { return }
        let room = captureLimit - captured.count
        captured.append(contentsOf: bytes.readableBytesView.prefix(room))
    }

    /// Writes the body of the reply; its head has `EnvelopeWriter.bodyFields`.
    /// - Parameters:
    ///   - status: of the service, for `data.status`.
    ///   - isWhole: false if the body is incomplete. A body shorter than its announced length is detected anyway.
    package mutating func finish(
        status: Int,
        reason: ErrorCode = .upstreamStatus,
        requestID: Span<UInt8>,
        isWhole: Bool = true,
        newToken: NewToken? = nil,
        into body: inout ByteBuffer
    ) {
        let content = content(isWhole: isWhole && received >= (expected ?? 0))
        captured = []
        if case .envelope(let envelope) = content, let message = envelope.message {
            EnvelopeBody.begin(reason, messageText: message.span, into: &body)
        } else {
            EnvelopeBody.begin(reason, into: &body)
        }
        body.write(#","data":"#)
        content.writeData(status: status, into: &body)
        EnvelopeBody.end(reason, requestID: requestID, newToken: newToken, into: &body)
    }

    private func content(isWhole: Bool) -> FailureContent {
        var body = DecodedBody(bytes: captured, isWhole: captured.count <= limit)
        switch coding {
        case .other: return .undecodable
        case .gzip, .deflate:
            if captured.isEmpty { break }
            body = .inflating(captured, coding, limit: limit)
            if body.bytes.isEmpty, !body.isWhole { return .undecodable }
        case .identity: break
        }
        body.isWhole = body.isWhole && isWhole
        return FailureContent(body, limit: limit, saysJSON: saysJSON)
    }
}
