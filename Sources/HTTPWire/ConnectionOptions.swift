/// The Connection field (RFC 9110 section 7.6.1).
extension FieldFacts {
    /// More names than any peer has reason to list; bounds the work of marking them.
    static let mostOptions = 32

    /// Notes the options of one Connection line.
    @inline(never)
    mutating func noteConnection(
        _ bytes: RawSpan,
        _ value: ByteSlice,
        names: borrowing FieldNames
    ) throws(WireFault) {
        if bytes.equalsIgnoringCase(value, "keep-alive") {
            self.keepsAlive = true
        } else if bytes.equalsIgnoringCase(value, "close") {
            self.closes = true
        } else {
            try self.noteOptions(bytes, value, names: names)
        }
    }

    @inline(never)
    private mutating func noteOptions(
        _ bytes: RawSpan,
        _ value: ByteSlice,
        names: borrowing FieldNames
    ) throws(WireFault) {
        var list = OptionList(value)
        while let option = try list.next(bytes) {
            self.optionCount += 1
            guard self.optionCount <= Self.mostOptions else { throw .invalidConnection }
            if bytes.equalsIgnoringCase(option, "close") {
                self.closes = true
            } else if bytes.equalsIgnoringCase(option, "keep-alive") {
                self.keepsAlive = true
            } else if bytes.equalsIgnoringCase(option, "upgrade") {
                self.namesUpgrade = true
            } else {
                let name = names.read(bytes.extracting(0..<option.end), from: Int(option.start))
                if KnownFieldSet.protected.contains(name.known) { throw .protectedFieldInConnection }
                self.namesFields = true
            }
        }
    }

    /// Marks the fields that Connection names, in any spelling with an equal normal form.
    @inline(never)
    static func markHopByHop(_ fields: inout [HeaderField], _ bytes: RawSpan, names: borrowing FieldNames) {
        for index in fields.indices where fields[index].known == .connection && !fields[index].isAlias {
            var list = OptionList(fields[index].value)
            while let option = try? list.next(bytes) {
                let known = names.read(bytes.extracting(0..<option.end), from: Int(option.start)).known
                for other in fields.indices where fields[other].known == known {
                    if FieldNames.sameNormalForm(bytes, fields[other].name, option) { fields[other].isHopByHop = true }
                }
            }
        }
    }
}

/// Walks over `#connection-option`, empty elements allowed (RFC 9110 section 5.6.1).
private struct OptionList {
    private var offset: Int
    private let end: Int

    init(_ value: ByteSlice) {
        self.offset = Int(value.start)
        self.end = value.end
    }

    mutating func next(_ bytes: RawSpan) throws(WireFault) -> ByteSlice? {
        while self.offset < self.end {
            let byte = bytes.byte(self.offset)
            guard byte == Byte.comma || Byte.isWhitespace(byte) else { break }
            self.offset += 1
        }
        let start = self.offset
        while self.offset < self.end, Byte.isToken(bytes.byte(self.offset)) { self.offset += 1 }
        guard self.offset > start else {
            if self.offset < self.end { throw .invalidConnection }
            return nil
        }
        let option = ByteSlice(from: start, to: self.offset)
        while self.offset < self.end, Byte.isWhitespace(bytes.byte(self.offset)) { self.offset += 1 }
        if self.offset < self.end, bytes.byte(self.offset) != Byte.comma { throw .invalidConnection }
        return option
    }
}

extension FieldNames {
    /// Whether two names have equal normal forms.
    static func sameNormalForm(_ bytes: RawSpan, _ one: ByteSlice, _ other: ByteSlice) -> Bool {
        let one = Self.trimmed(bytes, one)
        let other = Self.trimmed(bytes, other)
        guard one.count == other.count else { return false }
        for index in 0..<one.count
        where Self.normalByte(bytes.byte(one.lowerBound + index))
            != Self.normalByte(bytes.byte(other.lowerBound + index))
        {
            return false
        }
        return true
    }

    private static func trimmed(_ bytes: RawSpan, _ name: ByteSlice) -> Range<Int> {
        var start = Int(name.start)
        var end = name.end
        while start < end, !Byte.isAlphanumeric(bytes.byte(start)) { start += 1 }
        while end > start, !Byte.isAlphanumeric(bytes.byte(end - 1)) { end -= 1 }
        return start..<end
    }

    private static func normalByte(_ byte: UInt8) -> UInt8 {
        Byte.isAlphanumeric(byte) ? Byte.lowercased(byte) : Byte.dash
    }
}

extension KnownFieldSet {
    static let protected = KnownFieldSet(with: .protected)
}
