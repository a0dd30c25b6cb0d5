internal import NIOCore

/// A request's head that comes in names and values, as compressed fields do (RFC 9113 section 8.3), without the text of
/// HTTP/1.1.
///
/// Every piece is written into an arena as the line that HTTP/1.1 has for it, and read back by the reader of HTTP/1.1. A piece
/// that reads differently from how it was given is refused: a value with a line feed, a name with a colon, a value with
/// white space around it. Limits hold for the lines. Rules of the protocol itself (pseudo-fields, fields of the connection)
/// are the caller's.
package struct RequestHeadAssembly: Sendable {
    private static let host = Array("host".utf8)

    private let limits: HTTPLimits
    private let names: FieldNames
    private var line = RequestLine()
    private var arena = ByteBuffer()
    private var fieldsStart = 0
    private var builder = RequestHeadBuilder(RequestLine())
    private var fields: [HeaderField] = []
    private var authority: ByteSlice?
    /// With those that were left out.
    private var received = 0
    /// A head was begun and has no fault; only then can it be added to.
    private var isOpen = false

    /// - Parameters:
    ///   - limits: bound the request line and the header section.
    ///   - names: the fields to recognize, with the configured ones.
    package init(limits: HTTPLimits = HTTPLimits(), names: FieldNames = .standard) {
        self.limits = limits
        self.names = names
    }

    /// Begins a head; what was there of another one is gone.
    ///
    /// - Parameters:
    ///   - target: the path and the query.
    ///   - authority: stands for a Host field; nil where the fields have one.
    /// - Throws: the fault that a request line or a Host field of HTTP/1.1 would have. The head is lost.
    package mutating func begin(method: RawSpan, target: RawSpan, authority: RawSpan? = nil) throws(WireFault) {
        self.isOpen = false
        self.arena = ByteBuffer()
        self.fields.removeAll(keepingCapacity: true)
        self.authority = nil
        self.received = 0
        guard method.byteCount &+ target.byteCount &+ 10 <= self.limits.requestLine else { throw .requestLineTooLong }
        self.arena.writeBytes(method)
        self.arena.writeInteger(Byte.space)
        self.arena.writeBytes(target)
        self.arena.writeStaticString(" HTTP/1.1\r\n")
        self.line = try RequestLine(self.arena.readableBytesSpan)
        guard Int(self.line.methodName.count) == method.byteCount, Int(self.line.target.count) == target.byteCount
        else { throw .malformedRequestLine }
        self.fieldsStart = self.arena.readableBytes
        self.builder = RequestHeadBuilder(self.line)
        self.isOpen = true
        guard let authority else { return }
        try self.append(name: Self.host.span.bytes, value: authority)
        self.authority = self.fields.last?.value
    }

    /// Takes a field. A Host field beside an authority has to say the same, and is left out.
    ///
    /// - Throws: the fault that the line of HTTP/1.1 would have. The head is lost: nothing of it passes, whatever the caller
    ///   does next.
    package mutating func append(name: RawSpan, value: RawSpan) throws(WireFault) {
        guard self.isOpen else { throw .malformedRequestLine }
        self.isOpen = false
        let start = self.arena.readableBytes
        let end = start &+ name.byteCount &+ value.byteCount &+ 4
        // The empty line belongs to the header section.
        guard end &+ 2 &- self.fieldsStart <= self.limits.headerBlock else { throw .headersTooLarge }
        guard self.received < self.limits.headerCount else { throw .tooManyHeaders }
        self.received &+= 1
        self.arena.writeBytes(name)
        self.arena.writeStaticString(": ")
        self.arena.writeBytes(value)
        self.arena.writeStaticString("\r\n")
        // A reference of its own, so that the head can be added to while its bytes are looked at.
        let arena = self.arena
        let bytes = arena.readableBytesSpan
        var offset = start
        let field = try FieldLine.read(bytes, at: &offset, names: self.names)
        guard Int(field.name.count) == name.byteCount else { throw .invalidFieldName }
        guard offset == end else { throw .controlByte }
        guard Int(field.value.count) == value.byteCount else { throw .whitespaceAroundValue }
        if let authority = self.authority, field.known == .host, !field.isAlias {
            guard HostAuthority.areEqual(bytes, authority, field.value, defaultPort: self.line.defaultPort) else {
                throw .authorityDiffersFromHost
            }
            self.arena.moveWriterIndex(to: self.arena.readerIndex &+ start)
        } else {
            try self.builder.append(field, bytes, names: self.names, to: &self.fields)
        }
        self.isOpen = true
    }

    /// Ends the head.
    ///
    /// - Parameter head: the result, with bytes of its own; valid only if nothing is thrown.
    /// - Throws: a fault of the head as a whole, or of a head that is lost.
    package mutating func finish(into head: inout RequestHead) throws(WireFault) {
        guard self.isOpen else { throw .malformedRequestLine }
        self.isOpen = false
        let fieldsEnd = self.arena.readableBytes
        self.arena.writeStaticString("\r\n")
        head.fields = self.fields
        try self.builder.finish(&head, self.arena.readableBytesSpan, names: self.names, fieldsEnd: fieldsEnd)
        head.arena = self.arena
        self.arena = ByteBuffer()
    }
}
