/// Something that no HTTP/1.1 message may look like, or the end of the connection at the wrong place.
enum MessageFault: Error, Equatable {
    /// The connection ended before the message did; what came of the body until then.
    case cut(body: [UInt8])
    case malformed(String)
}

/// The fields of a message as they came: order, case and repetitions.
struct MessageFields: Sendable {
    var lines: [(name: String, value: String)] = []

    /// The one value of a field, whatever the case of its name; nil without, and several joined by `, `.
    subscript(name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    func all(_ name: String) -> [String] {
        lines.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    var names: [String] { lines.map(\.name) }
}

/// Reads messages off a socket, one after the other, and is strict about them: the gateway's output has to be exact.
final class MessageReader {
    private let socket: Socket
    private var buffer: [UInt8] = []
    private var position = 0
    /// All bytes that have come.
    private(set) var received = 0

    init(_ socket: Socket) { self.socket = socket }

    /// Bytes that came and belong to no message yet.
    var unread: ArraySlice<UInt8> { buffer[position...] }

    /// Reads more; false at the end of the connection.
    func fill() throws -> Bool {
        let bytes = try socket.receive()
        received += bytes.count
        if position == buffer.count {
            buffer = bytes
            position = 0
        } else {
            buffer += bytes
        }
        return !bytes.isEmpty
    }

    /// First line and fields; nil where the connection ends before the first byte.
    func readHead() throws -> (line: String, fields: MessageFields)? {
        var lines: [String] = []
        while true {
            guard let line = try readLine() else {
                guard lines.isEmpty, unread.isEmpty else { throw MessageFault.cut(body: []) }
                return nil
            }
            if !line.isEmpty {
                lines.append(line)
                continue
            }
            guard let first = lines.first else { throw MessageFault.malformed("an empty line before the head") }
            return (first, try MessageFields(lines: lines.dropFirst().map(Self.field)))
        }
    }

    /// Exactly that many bytes.
    func readExactly(_ count: Int) throws -> [UInt8] {
        while unread.count < count {
            guard try fill() else { throw MessageFault.cut(body: Array(unread)) }
        }
        defer { position += count }
        return Array(unread.prefix(count))
    }

    /// Everything up to the end of the connection.
    func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { position = buffer.count }
        return Array(unread)
    }

    /// A chunked body without extensions; trailers are given back (RFC 9112 section 7.1).
    func readChunked() throws -> (body: [UInt8], trailers: MessageFields) {
        var body: [UInt8] = []
        do {
            while true {
                guard let line = try readLine() else { throw MessageFault.cut(body: body) }
                guard !line.isEmpty, line.utf8.allSatisfy(Self.isHexDigit), let size = Int(line, radix: 16) else {
                    throw MessageFault.malformed("a chunk size: \(line)")
                }
                guard size > 0 else { break }
                body += try readExactly(size)
                guard try readExactly(2) == Array("\r\n".utf8) else {
                    throw MessageFault.malformed("no line end behind a chunk")
                }
            }
            var trailers = MessageFields()
            while let line = try readLine() {
                if line.isEmpty { return (body, trailers) }
                trailers.lines.append(try Self.field(line))
            }
            throw MessageFault.cut(body: body)
        } catch MessageFault.cut(let rest) {
            throw MessageFault.cut(body: rest == body ? body : body + rest)
        }
    }

    /// A line without its CRLF; nil where the connection ends first.
    private func readLine() throws -> String? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                guard end > position, buffer[end - 1] == UInt8(ascii: "\r") else {
                    throw MessageFault.malformed("a bare LF")
                }
                let line = String(decoding: buffer[position..<(end - 1)], as: UTF8.self)
                position = end + 1
                guard !line.utf8.contains(UInt8(ascii: "\r")) else { throw MessageFault.malformed("a bare CR") }
                return line
            }
            let begun = unread.count
            guard try fill() else { return nil }
            searched = position + begun
        }
    }

    private static func field(_ line: String) throws -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: ":") else {
            throw MessageFault.malformed("a field without colon: \(line)")
        }
        let name = line[..<colon]
        guard !name.isEmpty, !name.contains(where: \.isWhitespace) else {
            throw MessageFault.malformed("a field name: \(line)")
        }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return (String(name), String(value))
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
