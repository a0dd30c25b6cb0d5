package import NIOCore

/// The fields that the gateway itself adds to a head, in the order in which they are sent.
///
/// Kept as the field lines of HTTP/1.1, which that transport copies as they are. A transport with compressed fields walks
/// over names and values. The names and values are the gateway's own or validated, so the walk finds each again without an
/// index, which every request of HTTP/1.1 would have to pay for. In debug builds the writers of heads check the lines.
package struct FieldBlock: Sendable {
    /// The field lines, each with its CRLF. Whoever writes here directly writes whole lines, with names in lower case: for the
    /// few fields that every request has.
    package var lines = ByteBuffer()

    /// Creates an empty block. Allocates nothing.
    @inlinable
    package init() {}

    /// Creates a block of constant fields.
    package init(_ fields: (name: StaticString, value: StaticString)...) {
        for field in fields { self.append(field.name, field.value) }
    }

    /// Removes all fields; keeps the room.
    @inlinable @inline(__always)
    package mutating func clear() { self.lines.clear() }

    /// Adds the fields of another block.
    @inlinable @inline(__always)
    package mutating func append(_ other: FieldBlock) {
        self.lines.writeImmutableBuffer(other.lines)
    }

    /// Adds a field.
    ///
    /// - Parameters:
    ///   - name: in lower case, as everywhere here.
    ///   - value: bytes that a field value may have (RFC 9110 section 5.5).
    package mutating func append(_ name: StaticString, _ value: StaticString) {
        let count = name.utf8CodeUnitCount + value.utf8CodeUnitCount
        self.appendLine(count, { Output.append(name, to: &$0) }, { Output.append(value, to: &$0) })
    }

    /// Adds a field.
    package mutating func append(_ name: StaticString, _ value: Span<UInt8>) {
        let value = value.bytes
        let count = name.utf8CodeUnitCount + value.byteCount
        self.appendLine(count, { Output.append(name, to: &$0) }, { Output.append(value, to: &$0) })
    }

    /// Adds a field whose name a configuration says.
    package mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        let (name, value) = (name.bytes, value.bytes)
        let count = name.byteCount + value.byteCount
        self.appendLine(count, { Output.append(name, to: &$0) }, { Output.append(value, to: &$0) })
    }

    /// - Parameter count: the bytes of name and value.
    @inline(__always)
    private mutating func appendLine(
        _ count: Int,
        _ writeName: (inout OutputRawSpan) -> Void,
        _ writeValue: (inout OutputRawSpan) -> Void
    ) {
        self.lines.writeWithOutputRawSpan(minimumWritableBytes: count + 4) { out in
            writeName(&out)
            Output.append(": ", to: &out)
            writeValue(&out)
            Output.append("\r\n", to: &out)
        }
    }

    /// Adds a field.
    ///
    /// - Parameter writeValue: writes nothing but bytes that a field value may have.
    @inlinable @inline(__always)
    package mutating func append(_ name: StaticString, _ writeValue: (inout ByteBuffer) -> Void) {
        self.lines.writeStaticString(name)
        self.lines.writeStaticString(": ")
        writeValue(&self.lines)
        self.lines.writeStaticString("\r\n")
    }

    /// Visits all fields in their order.
    ///
    /// - Parameter visit: called with the name and the value.
    package func forEach(_ visit: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        let bytes = self.lines.readableBytesUInt8Span
        let raw = self.lines.readableBytesSpan
        var start = 0
        while start < bytes.count {
            var colon = start
            while colon < bytes.count, bytes[colon] != Byte.colon { colon += 1 }
            let valueStart = min(colon + 2, bytes.count)
            let end = FieldLine.contentEnd(raw, from: valueStart)
            visit(bytes.extracting(start..<colon), bytes.extracting(valueStart..<end))
            start = end + 2
        }
    }

    /// Whether the bytes are whole field lines with names in lower case.
    var isWellFormed: Bool {
        let bytes = self.lines.readableBytesSpan
        var offset = 0
        while offset < bytes.byteCount {
            let nameStart = offset
            while offset < bytes.byteCount, Byte.isToken(bytes.byte(offset)),
                Byte.lowercased(bytes.byte(offset)) == bytes.byte(offset)
            {
                offset += 1
            }
            guard offset > nameStart, offset + 2 <= bytes.byteCount, bytes.byte(offset) == Byte.colon,
                bytes.byte(offset + 1) == Byte.space
            else { return false }
            offset = FieldLine.contentEnd(bytes, from: offset + 2)
            guard bytes.isLineEnd(offset) else { return false }
            offset += 2
        }
        return true
    }
}
