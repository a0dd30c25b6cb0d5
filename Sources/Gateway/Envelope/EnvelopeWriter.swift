package import NIOCore

/// Writes what makes a response of the gateway's own: field lines, all names in lower case, and the body. Status line,
/// framing and the connection are the transport's. It allocates nothing but what the buffers grow by.
package enum EnvelopeWriter {
    /// The fields about the body of every envelope, for callers that write the rest of the head themselves.
    package static let bodyFields: StaticString =
        "content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n"

    /// Writes the field lines, each with its CRLF.
    ///
    /// - Parameters:
    ///   - status: as it is sent. A 401 carries the challenge.
    ///   - requestID: for `x-request-id`; empty where the request has none yet.
    ///   - date: an IMF-fixdate (RFC 9110, section 5.6.7); empty leaves the field out.
    ///   - realm: of the `Bearer` challenge.
    package static func writeFields(
        of reply: LocalReply,
        status: Int,
        requestID: Span<UInt8>,
        date: Span<UInt8>,
        realm: Span<UInt8>,
        into buffer: inout ByteBuffer
    ) {
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
    }

    /// Writes the body.
    ///
    /// - Parameter requestID: empty where the request has none yet.
    package static func writeBody(of reply: LocalReply, requestID: Span<UInt8>, into buffer: inout ByteBuffer) {
        EnvelopeBody.write(reply, requestID: requestID, into: &buffer)
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
