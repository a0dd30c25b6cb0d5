/// Why a message is rejected. Everything except `unknownExpectation` makes the framing ambiguous or the peer
/// suspicious, so the connection closes after it.
package enum WireFault: UInt8, Error, Sendable, CaseIterable {
    // The request line
    case tooManyEmptyLines, invalidMethod, malformedRequestLine, requestLineTooLong, malformedVersion
    case versionNotSupported, connectNotSupported, illegalTargetByte, invalidTarget, userinfoInTarget
    case authorityDiffersFromHost
    // The status line
    case malformedStatusLine, statusLineTooLong
    // Field lines
    case bareLineFeed, bareCarriageReturn, controlByte, emptyFieldName, invalidFieldName, spaceBeforeColon
    case missingColon, lineFolding, whitespaceAroundValue, headersTooLarge, tooManyHeaders
    // Faults of single fields
    case missingHost, repeatedHost, invalidHost, invalidConnection, protectedFieldInConnection, unknownExpectation
    // Framing
    case invalidContentLength, repeatedContentLength, lengthAndCoding, unsupportedCoding, codingInHTTP10
    // Chunks
    case invalidChunkSize, chunkTooLarge, missingChunkEnd, chunkExtensionsTooLong, invalidChunkExtension

    /// The status of the response to a client, by RFC 9110 section 15. Faults that only a service can cause are 502.
    package var status: Int {
        switch self {
        case .requestLineTooLong: 414
        case .headersTooLarge, .tooManyHeaders: 431
        case .unknownExpectation: 417
        case .connectNotSupported: 501
        case .versionNotSupported: 505
        case .malformedStatusLine, .statusLineTooLong: 502
        default: 400
        }
    }

    /// A message for a developer of the peer; contains nothing of the rejected message.
    package var message: StaticString {
        switch self {
        case .tooManyEmptyLines: "more than two empty lines before the request line"
        case .invalidMethod: "the request does not begin with a method: is this HTTP/1.1 without TLS?"
        case .malformedRequestLine: "the request line is not 'method target version' with single spaces"
        case .requestLineTooLong: "the request line is too long"
        case .malformedVersion: "the request line does not end in 'HTTP/' digit '.' digit"
        case .versionNotSupported: "only HTTP/1.0 and HTTP/1.1 are supported"
        case .connectNotSupported: "CONNECT is not supported"
        case .illegalTargetByte: "the request target contains a byte that must be percent-encoded"
        case .invalidTarget: "the request target is neither a path, nor an http URL, nor '*' with OPTIONS"
        case .userinfoInTarget: "the request target contains user information"
        case .authorityDiffersFromHost: "the request target and the Host field name different authorities"
        case .malformedStatusLine: "the status line is malformed"
        case .statusLineTooLong: "the status line is too long"
        case .bareLineFeed: "a line ends in LF without CR"
        case .bareCarriageReturn: "CR without LF"
        case .controlByte: "a control character in a header value"
        case .emptyFieldName: "a header without a name"
        case .invalidFieldName: "an illegal character in a header name"
        case .spaceBeforeColon: "white space between a header's name and its colon"
        case .missingColon: "a header line without a colon"
        case .lineFolding: "a header line that begins with white space (line folding)"
        case .whitespaceAroundValue: "white space around a header's value"
        case .headersTooLarge: "the headers are too large"
        case .tooManyHeaders: "too many headers"
        case .missingHost: "no Host header"
        case .repeatedHost: "more than one Host header"
        case .invalidHost: "the Host header is not a host with an optional port"
        case .invalidConnection: "the Connection header is not a list of at most 32 names"
        case .protectedFieldInConnection: "the Connection header names a header that must not be dropped"
        case .unknownExpectation: "the only supported expectation is 100-continue"
        case .invalidContentLength: "Content-Length is not a plain decimal number up to 2^53"
        case .repeatedContentLength: "more than one Content-Length"
        case .lengthAndCoding: "Content-Length together with Transfer-Encoding"
        case .unsupportedCoding: "the only supported transfer coding is 'chunked', applied once"
        case .codingInHTTP10: "Transfer-Encoding in an HTTP/1.0 message"
        case .invalidChunkSize: "a chunk size that is not a plain hexadecimal number"
        case .chunkTooLarge: "a chunk size above 2^53"
        case .missingChunkEnd: "a chunk that is longer than its size says"
        case .chunkExtensionsTooLong: "more than 256 bytes of chunk extensions"
        case .invalidChunkExtension: "a control character in a chunk extension"
        }
    }
}
