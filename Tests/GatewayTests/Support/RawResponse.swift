import JSON

/// A response as it came over the wire.
struct RawResponse: Sendable {
    enum Framing: Equatable, Sendable {
        case none, length(Int), chunked, untilClose
    }

    var version: String
    var status: Int
    var phrase: String
    var fields: MessageFields
    var framing: Framing
    var body: [UInt8] = []
    /// Informational responses that came before.
    var informational: [RawResponse] = []

    subscript(name: String) -> String? { fields[name] }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; nil where it is none.
    var json: JSONNode? {
        try? JSONReader(duplicates: .reject, controlCharacters: .reject, maximumSize: 64 << 20).read(body)
    }

    // MARK: - The envelope

    var code: Int64? { json?["code"]?.integer }
    var reason: String? { json?["reason"]?.string }
    var relogin: Bool? { json?["relogin"]?.bool }
    var replay: Bool? { json?["replay"]?.bool }
    var data: JSONNode? { json?["data"] }
    /// Of an envelope with code 30000: the service's own status.
    var dataStatus: Int64? { data?["status"]?.integer }
    /// Of an envelope with code 30000: the service's own body.
    var dataData: JSONNode? { data?["data"] }
    /// Of an envelope with code 30000 without an answer of the service: what stands for its body.
    var errorMessage: String? { dataData?["error"]?["message"]?.string }

    /// Status, code and reason in one, as tables of cases name them.
    var outcome: String { "\(status) \(code.map { "\($0)" } ?? "-") \(reason ?? "-")" }
}

extension MessageReader {
    /// The next response, an informational one too.
    ///
    /// - Parameter toHead: the request was HEAD.
    /// - Returns: nil where the connection ends before its first byte.
    func readResponse(toHead: Bool = false) throws -> RawResponse? {
        guard let (line, fields) = try readHead() else { return nil }
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
            let status = Int(parts[1]), (100...599).contains(status)
        else { throw MessageFault.malformed("a status line: \(line)") }
        var response = RawResponse(
            version: String(parts[0]),
            status: status,
            phrase: String(parts[2]),
            fields: fields,
            framing: try Self.framing(of: fields, status: status, toHead: toHead)
        )
        switch response.framing {
        case .none: break
        case .length(let count): response.body = try readExactly(count)
        case .chunked:
            let (body, trailers) = try readChunked()
            guard trailers.lines.isEmpty else { throw MessageFault.malformed("trailers") }
            response.body = body
        case .untilClose: response.body = try readToEnd()
        }
        return response
    }

    private static func framing(of fields: MessageFields, status: Int, toHead: Bool) throws -> RawResponse.Framing {
        let lengths = fields.all("content-length")
        let codings = fields.all("transfer-encoding")
        guard lengths.count + codings.count <= 1 else { throw MessageFault.malformed("framed twice") }
        if toHead || status < 200 || status == 204 || status == 304 {
            guard codings.isEmpty, status >= 200 && status != 204 || lengths.isEmpty else {
                throw MessageFault.malformed("framing of what has no body")
            }
            return .none
        }
        if let length = lengths.first {
            guard let count = Int(length), count >= 0 else { throw MessageFault.malformed("content-length: \(length)") }
            return .length(count)
        }
        if let coding = codings.first {
            guard coding == "chunked" else { throw MessageFault.malformed("transfer-encoding: \(coding)") }
            return .chunked
        }
        return .untilClose
    }
}
