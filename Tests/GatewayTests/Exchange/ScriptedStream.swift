import HTTPWire
import NIOCore

@testable import Gateway

/// A client's transport that writes down what it is told, and takes or refuses it as the test says.
final class ScriptedStream: ClientStream {
    enum Sent: Equatable {
        case pleaseContinue
        case informational(Int)
        case head(Int, ResponseBody)
        case body(String)
        case finish
        case reset
        case closeAfterResponse
        case discardRequestBody
        case resumeReading
        case tunnel
    }

    var isWritable = true
    /// All of a body is here at once, where a test says nothing else.
    var heldInput = Int.max
    /// The client is gone: what is sent fails.
    var isGone = false
    /// The client took something since the last look.
    var hasProgressed = false
    private(set) var sent: [Sent] = []
    /// Called with this stream within each flush, as NIO calls handlers within a write.
    var duringFlush: ((ScriptedStream) -> Void)?

    /// All pieces of bodies.
    var body: String {
        sent.map { if case .body(let text) = $0 { text } else { "" } }.joined()
    }

    /// The status and the body of the only response.
    var status: Int? {
        let heads = sent.compactMap { if case .head(let status, _) = $0 { status } else { nil } }
        return heads.count == 1 ? heads[0] : nil
    }

    func forget() { sent = [] }

    func sendContinue() { sent.append(.pleaseContinue) }

    func sendInformational(_ head: borrowing ResponseHead, policy: ResponseFieldPolicy, fields: FieldBlock) {
        sent.append(.informational(head.status))
    }

    func sendHead(
        _ status: Int,
        from head: borrowing ResponseHead,
        policy: ResponseFieldPolicy,
        body: ResponseBody,
        fields: FieldBlock
    ) {
        sent.append(.head(status, body))
    }

    func sendHead(_ status: Int, body: ResponseBody, fields: FieldBlock) {
        sent.append(.head(status, body))
    }

    func sendBody(_ bytes: ByteBuffer) { sent.append(.body(String(buffer: bytes))) }

    func finish() -> Bool {
        sent.append(.finish)
        return flush()
    }

    @discardableResult
    func flush() -> Bool {
        duringFlush?(self)
        return !isGone
    }

    func reset() { sent.append(.reset) }

    func closeAfterResponse() { sent.append(.closeAfterResponse) }

    func discardRequestBody() { sent.append(.discardRequestBody) }

    func resumeReading() { sent.append(.resumeReading) }

    func hasProgressed(since unsent: inout Int) -> Bool { hasProgressed }

    func startTunnel(_ tunnel: ClientTunnel) { sent.append(.tunnel) }
}
