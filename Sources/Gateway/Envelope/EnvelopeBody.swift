import JSON
import NIOCore

/// The body of a local reply, with members in the contract's order: `code`, `msg`, `data`, `reason`, `relogin`,
/// `replay`, `requestId`.
enum EnvelopeBody {
    static func write(_ reply: LocalReply, requestID: Span<UInt8>, into sink: inout ByteBuffer) {
        guard let reason = reply.reason else {
            sink.write(#"{"code":10000,"msg":"Success!","data":"#)
            if let data = reply.data, !data.isEmpty { sink.write(data.span) } else { sink.write("{}") }
            if let member = reply.newToken?.member { sink.write(member.span) }
            sink.write("}")
            return
        }
        begin(reason, message: reply.message, into: &sink)
        if let data = reply.data {
            sink.write(#","data":"#)
            sink.write(data.span)
        } else if reason.isUpstream {
            sink.write(#","data":{"data":"#)
            writeErrorMessage(reply.message ?? .fixed(reason.message), into: &sink)
            sink.write(#","status":"#)
            sink.write(decimal: reply.realStatus)
            sink.write("}")
        }
        end(reason, relogin: reply.relogin, requestID: requestID, newToken: reply.newToken, into: &sink)
    }

    /// `{"code":…,"msg":"…"`.
    static func begin(_ reason: ErrorCode, message: LocalReply.Message? = nil, into sink: inout ByteBuffer) {
        sink.write(#"{"code":"#)
        sink.write(decimal: reason.code)
        sink.write(#","msg":""#)
        if reason.isUpstream {
            sink.write("Third-party service error!")
        } else {
            writeText(message ?? .fixed(reason.message), into: &sink)
        }
        sink.write(#"""#)
    }

    /// The same with a message of its own.
    ///
    /// - Parameter messageText: a valid JSON string.
    static func begin(_ reason: ErrorCode, messageText: Span<UInt8>, into sink: inout ByteBuffer) {
        sink.write(#"{"code":"#)
        sink.write(decimal: reason.code)
        sink.write(#","msg":"#)
        sink.write(escaping: messageText, as: .json)
    }

    /// `,"reason":"…","relogin":…,"replay":…,"requestId":"…"}`; a request without an id gets none.
    static func end(
        _ reason: ErrorCode,
        relogin: Bool? = nil,
        requestID: Span<UInt8>,
        newToken: NewToken? = nil,
        into sink: inout ByteBuffer
    ) {
        sink.write(#","reason":""#)
        sink.write(reason.name)
        let invitesLogin = relogin ?? reason.relogin
        sink.write(invitesLogin ? #"","relogin":true"# : #"","relogin":false"#)
        // Where the code asks for a login first and this reply does not, the same request would fail the same way.
        let mayRepeat = reason.replay && (invitesLogin || !reason.relogin)
        sink.write(mayRepeat ? #","replay":true"# : #","replay":false"#)
        if !requestID.isEmpty {
            sink.write(#","requestId":""#)
            sink.write(escaping: requestID)
            sink.write(#"""#)
        }
        if let member = newToken?.member { sink.write(member.span) }
        sink.write("}")
    }

    /// `{"error":{"message":"…"}}`, in place of the missing body of a service.
    static func writeErrorMessage(_ message: LocalReply.Message, into sink: inout ByteBuffer) {
        sink.write(#"{"error":{"message":""#)
        writeText(message, into: &sink)
        sink.write(#""}}"#)
    }

    private static func writeText(_ message: LocalReply.Message, into sink: inout ByteBuffer) {
        switch message {
        case .fixed(let text): text.withUTF8Buffer { sink.write(escaping: $0.span) }
        case .bytes(let bytes): sink.write(escaping: bytes.span)
        }
    }
}
