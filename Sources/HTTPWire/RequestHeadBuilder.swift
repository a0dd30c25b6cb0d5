/// The one place where a request's head is validated and its facts are gathered, field by field, whatever protocol brought
/// it: `RequestParser` feeds it with the lines of HTTP/1.1, `RequestHeadAssembly` with names and values.
struct RequestHeadBuilder {
    private let line: RequestLine
    private var facts = FieldFacts()
    private var host: ByteSlice?
    private var expectsContinue = false
    private var unmetExpectation = false

    @inline(__always)
    init(_ line: RequestLine) {
        self.line = line
    }

    /// Takes the next field.
    ///
    /// - Parameters:
    ///   - field: read by `FieldLine`.
    ///   - bytes: what the field's slices point into.
    @inline(__always)
    mutating func append(
        _ field: HeaderField,
        _ bytes: RawSpan,
        names: borrowing FieldNames,
        to fields: inout [HeaderField]
    ) throws(WireFault) {
        fields.append(field)
        guard field.known != .unknown, !field.isAlias else { return }
        try self.facts.note(field, bytes, names: names)
        if field.known == .host { try self.noteHost(field.value, bytes) }
        if field.known == .expect { self.noteExpectation(field.value, bytes) }
    }

    @inline(never)
    private mutating func noteHost(_ value: ByteSlice, _ bytes: RawSpan) throws(WireFault) {
        guard self.host == nil else { throw .repeatedHost }
        guard HostAuthority.isValid(bytes, value) else { throw .invalidHost }
        self.host = value
    }

    @inline(never)
    private mutating func noteExpectation(_ value: ByteSlice, _ bytes: RawSpan) {
        if bytes.equalsIgnoringCase(value, "100-continue") {
            self.expectsContinue = true
        } else {
            self.unmetExpectation = true
        }
    }

    /// Makes the checks that have to wait for the last field, and fills in everything but the arena.
    ///
    /// - Parameters:
    ///   - head: has all fields.
    ///   - fieldsEnd: the offset of the empty line.
    @inline(__always)
    func finish(
        _ head: inout RequestHead,
        _ bytes: RawSpan,
        names: borrowing FieldNames,
        fieldsEnd: Int
    ) throws(WireFault) {
        let version = self.line.version
        try self.facts.checkFraming(version)
        try self.checkAuthority(bytes)
        if self.unmetExpectation { throw .unknownExpectation }
        if self.facts.namesFields { FieldFacts.markHopByHop(&head.fields, bytes, names: names) }

        head.method = self.line.method
        head.methodName = self.line.methodName
        head.form = self.line.form
        head.target = self.line.target
        head.path = self.line.path
        head.query = self.line.query
        head.authority = self.host ?? self.line.targetAuthority
        head.version = version
        head.keepAlive = self.facts.keepAlive(version)
        head.framing = self.facts.isChunked ? .chunked : self.facts.contentLength.map { .length($0) } ?? .none
        // An HTTP/1.0 client can't know of either (RFC 9110 sections 10.1.1 and 7.8).
        head.expectsContinue = self.expectsContinue && version == .http11
        head.hasUpgrade = self.facts.namesUpgrade && self.facts.present.contains(.upgrade) && version == .http11
        head.present = self.facts.present
        head.fieldsEnd = UInt32(truncatingIfNeeded: fieldsEnd)
    }

    /// RFC 9112 section 3.2; stricter: section 3.2.2 lets the target's authority win over Host, here they must agree.
    @inline(__always)
    private func checkAuthority(_ bytes: RawSpan) throws(WireFault) {
        guard let host = self.host else {
            if self.line.version == .http11 { throw .missingHost }
            return
        }
        guard let authority = self.line.targetAuthority else { return }
        guard HostAuthority.areEqual(bytes, authority, host, defaultPort: self.line.defaultPort) else {
            throw .authorityDiffersFromHost
        }
    }
}
