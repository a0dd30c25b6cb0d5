import HTTPWire
package import NIOCore

/// Writes an answer of the gateway's own as a whole HTTP/1.1 response, all field names in lower case. It allocates
/// nothing but what the buffer grows by.
package struct EnvelopeWriter {
    /// What went out, for the access log.
    package struct Written: Sendable, Equatable {
        /// The HTTP status that was written.
        package var status: Int
        /// Zero for an answer to HEAD.
        package var bodyBytes: Int
    }

    /// The fields about the body of every envelope, for those who write the rest of a head themselves.
    package static let bodyFields: StaticString =
        "content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n"

    /// - Parameters:
    ///   - requestID: for `x-request-id` and the body; empty where the request has none yet.
    ///   - date: an IMF-fixdate (RFC 9110, section 5.6.7); empty leaves the field out.
    ///   - realm: of the `Bearer` challenge that a 401 carries.
    ///   - always200: the route has a token check and its clients read the body only then (`"statuses": "always200"`).
    ///     The challenge goes with the 401.
    ///   - headOnly: the request was HEAD: the same head, no body (RFC 9110, section 9.3.2).
    ///   - http10: the client speaks HTTP/1.0, which keeps a connection only when told so.
    @discardableResult
    package static func write(
        _ reply: LocalReply,
        requestID: Span<UInt8>,
        date: Span<UInt8>,
        realm: Span<UInt8>,
        always200: Bool = false,
        headOnly: Bool = false,
        keepAlive: Bool = true,
        http10: Bool = false,
        into buffer: inout ByteBuffer
    ) -> Written {
        let status = always200 ? 200 : reply.realStatus
        var counter = ByteCounter()
        EnvelopeBody.write(reply, requestID: requestID, into: &counter)

        writeStatusLine(status, into: &buffer)
        if !date.isEmpty { writeField("date: ", date, into: &buffer) }
        if !requestID.isEmpty { writeField("x-request-id: ", requestID, into: &buffer) }
        if status == 401 { writeChallenge(reply.reason?.challengeError, realm: realm, into: &buffer) }
        if let seconds = reply.retryAfter ?? reply.reason?.retryAfter {
            buffer.write("retry-after: ")
            buffer.write(decimal: seconds)
            buffer.write("\r\n")
        }
        // RFC 9110, section 15.5.6: a 405 always has the field; empty means that no method would do.
        if let allow = reply.allow {
            writeField("allow: ", allow.span, into: &buffer)
        } else if reply.reason == .methodNotAllowed {
            buffer.write("allow: \r\n")
        }
        if let fields = reply.fields { buffer.write(fields.span) }
        if let fields = reply.newToken?.fields {
            buffer.write("content-type: application/json; charset=utf-8\r\n")
            buffer.write(fields.span)
        } else if reply.carriesToken {
            buffer.write("content-type: application/json; charset=utf-8\r\ncache-control: private, no-store\r\n")
        } else {
            buffer.write(bodyFields)
        }
        buffer.write("content-length: ")
        buffer.write(decimal: counter.count)
        if !keepAlive {
            buffer.write("\r\nconnection: close")
        } else if http10 {
            buffer.write("\r\nconnection: keep-alive")
        }
        buffer.write("\r\n\r\n")
        guard !headOnly else { return Written(status: status, bodyBytes: 0) }
        EnvelopeBody.write(reply, requestID: requestID, into: &buffer)
        return Written(status: status, bodyBytes: counter.count)
    }

    private static func writeStatusLine(_ status: Int, into buffer: inout ByteBuffer) {
        buffer.write("HTTP/1.1 ")
        buffer.write(decimal: status)
        buffer.write(" ")
        buffer.write(StatusReason.phrase(status))
        buffer.write("\r\n")
    }

    private static func writeField(_ start: StaticString, _ value: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.write(start)
        buffer.write(fieldValue: value)
        buffer.write("\r\n")
    }

    /// RFC 6750, section 3.
    private static func writeChallenge(_ error: StaticString?, realm: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.write("www-authenticate: Bearer realm=\"")
        buffer.write(quotedStringOf: realm)
        buffer.write("\"")
        if let error {
            buffer.write(", error=\"")
            buffer.write(error)
            buffer.write("\"")
        }
        buffer.write("\r\n")
    }
}
