import HTTPWire
import JSON
import NIOCore

@testable import Gateway

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

/// What of a response went out.
struct Written: Equatable {
    var status: Int
    /// Of the body; zero for an answer to HEAD.
    var bodyBytes: Int
}

/// A whole response of HTTP/1.1 with the fields that every test would repeat.
func response(
    _ answer: LocalReply,
    requestID: String = "0199",
    date: String = "Sat, 21 Nov 2026 08:00:00 GMT",
    realm: String = "menshen",
    always200: Bool = false,
    headOnly: Bool = false
) -> (text: String, written: Written) {
    let (requestID, date, realm) = (requestID.bytes, date.bytes, realm.bytes)
    let status = always200 ? 200 : answer.realStatus
    var (fields, body, buffer) = (FieldBlock(), ByteBuffer(), ByteBuffer())
    EnvelopeWriter.writeFields(
        of: answer,
        status: status,
        requestID: requestID.span,
        date: date.span,
        realm: realm.span,
        into: &fields
    )
    EnvelopeWriter.writeBody(of: answer, requestID: requestID.span, into: &body)
    HeadWriter.writeOwnResponseHead(
        into: &buffer,
        status: status,
        framing: .length(UInt64(body.readableBytes)),
        connection: .none,
        extra: fields
    )
    if headOnly { return (String(buffer: buffer), Written(status: status, bodyBytes: 0)) }
    buffer.writeImmutableBuffer(body)
    return (String(buffer: buffer), Written(status: status, bodyBytes: body.readableBytes))
}

/// The body after the head.
func body(of answer: LocalReply, requestID: String = "0199") -> String {
    let text = response(answer, requestID: requestID).text
    guard let end = text.firstRange(of: "\r\n\r\n") else { return "" }
    return String(text[end.upperBound...])
}

/// What becomes of a service's failing body that comes in the given pieces.
func captured(
    _ pieces: [[UInt8]],
    status: Int = 500,
    type: String = "application/json",
    coding: String = "",
    length: Int? = nil,
    limit: Int = 65536,
    isWhole: Bool = true
) -> String {
    let (type, coding, requestID) = (type.bytes, coding.bytes, "0199".bytes)
    var capture = FailureCapture(
        limit: limit,
        contentType: type.span,
        contentEncoding: coding.span,
        contentLength: length
    )
    for piece in pieces {
        if capture.isFull { break }
        capture.append(ByteBuffer(bytes: piece))
    }
    var buffer = ByteBuffer()
    capture.finish(status: status, requestID: requestID.span, isWhole: isWhole, into: &buffer)
    return String(buffer: buffer)
}

/// The envelope of a service's failure, for the inside of `data`.
func failure(_ data: String) -> String {
    #"{"code":30000,"msg":"Third-party service error!","data":{\#(data)},"reason":"UPSTREAM_STATUS","#
        + #""relogin":false,"replay":false,"requestId":"0199"}"#
}

/// The same bytes in random pieces.
func pieces(of bytes: [UInt8], using generator: inout some RandomNumberGenerator) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Int.random(in: 0...min(rest.count, 4000), using: &generator)
        result.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
    }
    return result
}

/// Parsed, as a client would.
func parsed(_ text: String) throws -> JSONNode {
    try JSONReader(unpairedSurrogates: .replace, maximumDepth: 130, maximumSize: .max).read(text.bytes)
}
