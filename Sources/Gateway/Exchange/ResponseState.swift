import HTTPWire
import NIOCore

/// What is known of the response in hand; a class for the reason of ``RequestState``.
final class ResponseState {
    var treatment = ResponsePlan.Treatment.pass
    var isStreaming = false
    var status = 0
    var serviceStatus = 0
    var code = 0
    var reason: ErrorCode?
    /// What the service did wrong, for the log.
    var cause: StaticString?
    var firstByteAt: Int64 = 0
    var bytesOut: UInt64 = 0
    var wrapper = SuccessWrapper()
    var capture: FailureCapture?
    var failureHead: ResponseHead?

    func begin() {
        treatment = .pass
        isStreaming = false
        status = 0
        serviceStatus = 0
        code = 0
        reason = nil
        cause = nil
        firstByteAt = 0
        bytesOut = 0
    }

    /// Lets go of what a response may have held.
    func end() {
        isStreaming = false
        if capture != nil { capture = nil }
        if failureHead != nil { failureHead = nil }
    }
}

extension ResponseHead {
    var isJSON: Bool {
        guard let type = firstValue(of: .contentType) else { return false }
        return MediaType.isJSON(arena.readableBytesUInt8Span.extracting(type.range))
    }
}

extension FailureCapture {
    /// For the body that follows this head.
    init(_ head: borrowing ResponseHead, isHead: Bool) {
        let bytes = head.arena.readableBytesUInt8Span
        let type = head.firstValue(of: .contentType) ?? .empty
        let coding = head.firstValue(of: .contentEncoding) ?? .empty
        var length: Int?
        if !isHead, case .length(let count) = head.framing { length = Int(clamping: count) }
        self.init(
            contentType: bytes.extracting(type.range),
            contentEncoding: bytes.extracting(coding.range),
            contentLength: length
        )
    }
}
