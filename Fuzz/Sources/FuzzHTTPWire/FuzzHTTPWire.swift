import CFuzzer
import HTTPWire
import NIOCore

/// The package manager gives the linker this name for `main`, so libFuzzer's own one stays out.
@_cdecl("FuzzHTTPWire_main")
public func fuzzMain(
    _ argumentCount: CInt,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var count = argumentCount
    var pointers = arguments
    return LLVMFuzzerRunDriver(&count, &pointers, fuzzOneInput)
}

/// The first byte chooses what is read and the second how the input is cut; the rest is the input.
///
/// A crash is any trap of the parser itself, and any of the properties below that does not hold.
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard count >= 2 else { return 0 }
    let step = Int(input[1] & 0x3F) + 1
    let bytes = ByteBuffer(bytes: input.dropFirst(2))
    switch input[0] % 7 {
    case 0, 1, 2: readRequests(bytes, step: step)
    case 3: readResponse(bytes, to: .get, step: step)
    case 4: readResponse(bytes, to: .head, step: step)
    case 6: assemble(bytes)
    default:
        let whole = readBody(bytes, .chunked, step: Int.max)
        check(whole == readBody(bytes, .chunked, step: step), "a body depends on the split")
    }
    return 0
}

private func check(_ holds: Bool, _ property: String) {
    if !holds { fatalError(property) }
}

/// Gives `bytes` out in pieces behind what is left of the last one.
private struct Pieces {
    var left: ByteBuffer
    var buffer = ByteBuffer()
    let step: Int

    init(_ bytes: ByteBuffer, step: Int) {
        self.left = bytes
        self.step = step
    }

    mutating func more() -> Bool {
        guard self.left.readableBytes > 0 else { return false }
        var piece = self.left.readSlice(length: min(self.step, self.left.readableBytes)) ?? ByteBuffer()
        self.buffer.writeBuffer(&piece)
        return true
    }
}

private struct Result: Equatable {
    var heads: [String] = []
    var bodies: [BodyResult] = []
    var fault: WireFault?
}

private struct BodyResult: Equatable {
    var data = ByteBuffer()
    var fault: WireFault?
    var isComplete = false
}

private func readRequests(_ bytes: ByteBuffer, step: Int) {
    let whole = requests(bytes, step: Int.max, writes: true)
    check(whole == requests(bytes, step: step, writes: false), "a request depends on the split")
}

private func requests(_ bytes: ByteBuffer, step: Int, writes: Bool) -> Result {
    var result = Result()
    var pieces = Pieces(bytes, step: step)
    var parser = RequestParser()
    var head = RequestHead()
    while pieces.more() {
        parsing: while true {
            switch parser.parse(&pieces.buffer, into: &head) {
            case .needMore: break parsing
            case .fault(let fault):
                result.fault = fault
                return result
            case .head:
                result.heads.append(
                    describe(head.fields, head.arena, "\(head.method) \(head.framing) \(head.keepAlive)")
                )
                if writes {
                    checkWriting(head)
                    checkAssembly(head)
                }
                let framing = head.framing
                head.release()
                let body = readBody(&pieces, framing)
                result.bodies.append(body)
                guard body.isComplete else { return result }
            }
        }
    }
    return result
}

/// A head that was accepted comes out the same from its names and values.
private func checkAssembly(_ head: RequestHead) {
    guard head.version == .http11 else { return }
    let bytes = head.arena.readableBytesSpan
    // A line has a space that the head may do without.
    var assembly = RequestHeadAssembly(limits: HTTPLimits(headerBlock: 65536, headerCount: 200))
    var again = RequestHead()
    do throws(WireFault) {
        try assembly.begin(
            method: bytes.extracting(head.methodName.range),
            target: bytes.extracting(head.target.range)
        )
        for field in head.fields {
            try assembly.append(name: bytes.extracting(field.name.range), value: bytes.extracting(field.value.range))
        }
        try assembly.finish(into: &again)
    } catch {
        check(false, "an accepted request is refused in pieces: \(error)")
    }
    check(describe(again) == describe(head), "a request in pieces differs")
}

/// The input as method, target, authority, then names and values, with a byte 0xFF between: what is accepted reads the
/// same as text.
private func assemble(_ input: ByteBuffer) {
    let pieces = input.readableBytesView.split(separator: 0xFF, omittingEmptySubsequences: false).map(Array.init)
    guard pieces.count >= 3 else { return }
    var assembly = RequestHeadAssembly()
    var head = RequestHead()
    do throws(WireFault) {
        let (method, target, authority) = (pieces[0], pieces[1], pieces[2])
        if authority.isEmpty {
            try assembly.begin(method: method.span.bytes, target: target.span.bytes)
        } else {
            try assembly.begin(
                method: method.span.bytes,
                target: target.span.bytes,
                authority: authority.span.bytes
            )
        }
        var index = 3
        while index + 1 < pieces.count {
            let (name, value) = (pieces[index], pieces[index + 1])
            try assembly.append(name: name.span.bytes, value: value.span.bytes)
            index += 2
        }
        try assembly.finish(into: &head)
    } catch {
        return
    }
    var text = head.arena
    var parser = RequestParser()
    var again = RequestHead()
    check(parser.parse(&text, into: &again) == .head, "a request in pieces is refused as text")
    check(text.readableBytes == 0, "a request in pieces has more than one end")
    check(describe(again) == describe(head), "a request in pieces differs as text")
    let names = stride(from: 3, to: pieces.count - 1, by: 2).map { String(decoding: pieces[$0], as: UTF8.self) }
    // A Host field beside an authority is left out.
    let kept = pieces[2].isEmpty ? names : ["host"] + names.filter { $0.lowercased() != "host" }
    check(again.fields.map { text($0.name, again.arena) } == kept, "a field was lost or split")
    checkWriting(head)
}

/// The facts of a head and its fields by what they say, wherever in the arena.
private func describe(_ head: RequestHead) -> String {
    let authority = head.authority.map { text($0, head.arena) } ?? "-"
    let query = head.query.map { text($0, head.arena) } ?? "-"
    let fields = head.fields.map { field in
        let marks = "\(field.known)\(field.isAlias ? "~" : "")\(field.isHopByHop ? "!" : "")"
        return " \(text(field.name, head.arena))=\(text(field.value, head.arena)) \(marks)"
    }
    return "\(text(head.methodName, head.arena)) \(head.form) \(text(head.path, head.arena)) \(query) \(authority) "
        + "\(head.framing) \(head.keepAlive) \(head.expectsContinue) \(head.hasUpgrade)" + fields.joined()
}

private func text(_ slice: ByteSlice, _ arena: ByteBuffer) -> String {
    String(decoding: arena.readableBytesView.dropFirst(Int(slice.start)).prefix(Int(slice.count)), as: UTF8.self)
}

/// What was accepted must be readable again once it is written, without what only the gateway may say.
private func checkWriting(_ head: RequestHead) {
    var out = ByteBuffer()
    let target: [UInt8] = [0x2F]
    let identity = ByteBuffer(string: "x-user-id: u\r\n")
    HeadWriter.writeRequestHead(
        into: &out,
        from: head,
        target: target.span,
        host: target.span.extracting(0..<0),
        policy: RequestFieldPolicy(names: .standard, trusted: false),
        identity: identity.readableBytesSpan,
        extra: FieldBlock(),
        framing: head.framing
    )
    // An empty Host is the one thing that our own parser refuses here.
    let text = String(buffer: out).replacing("\r\nhost: \r\n", with: "\r\nhost: h\r\n", maxReplacements: 1)
    var again = ByteBuffer(string: text)
    if text.utf8.contains(0xEF) || out.readableBytesView.contains(where: { $0 >= 0x80 }) { return }
    var parser = RequestParser(limits: HTTPLimits(headerBlock: 65536, headerCount: 200))
    var second = RequestHead()
    check(parser.parse(&again, into: &second) == .head, "a written request is refused: \(text.debugDescription)")
    check(again.readableBytes == 0, "a written request has more than one end")
    check(second.framing == head.framing && second.keepAlive && !second.expectsContinue, "a written request differs")
    check(second.fields.filter { $0.known == .xUserID }.count == 1, "a forged identity passed")
    check(!second.has(.authorization) && !second.has(.forwarded) && !second.has(.connection), "a dropped field passed")
}

private func readResponse(_ bytes: ByteBuffer, to method: HTTPMethod, step: Int) {
    let whole = response(bytes, to: method, step: Int.max)
    check(whole == response(bytes, to: method, step: step), "a response depends on the split")
}

private func response(_ bytes: ByteBuffer, to method: HTTPMethod, step: Int) -> Result {
    var result = Result()
    var pieces = Pieces(bytes, step: step)
    var parser = ResponseParser()
    var head = ResponseHead()
    while pieces.more() {
        parsing: while true {
            switch parser.parse(&pieces.buffer, requestMethod: method, into: &head) {
            case .needMore: break parsing
            case .fault(let fault):
                result.fault = fault
                return result
            case .head:
                result.heads.append(
                    describe(head.fields, head.arena, "\(head.status) \(head.framing) \(head.reusable)")
                )
                var out = ByteBuffer()
                HeadWriter.writeResponseHead(
                    into: &out,
                    from: head,
                    status: head.status,
                    policy: .pass,
                    framing: head.framing,
                    connection: .none,
                    extra: FieldBlock()
                )
                var again = ResponseParser(limits: HTTPLimits(headerBlock: 65536, headerCount: 200))
                var second = ResponseHead()
                check(again.parse(&out, requestMethod: method, into: &second) == .head, "a written response is refused")
                check(out.readableBytes == 0 && !second.has(.xAuthToken), "a written response differs")
                let framing = head.framing
                let goesOn = head.isInformational
                head.release()
                guard !goesOn else { continue }
                result.bodies.append(readBody(&pieces, framing))
                return result
            }
        }
    }
    return result
}

private func readBody(_ bytes: ByteBuffer, _ framing: BodyFraming, step: Int) -> BodyResult {
    var pieces = Pieces(bytes, step: step)
    return readBody(&pieces, framing)
}

private func readBody(_ pieces: inout Pieces, _ framing: BodyFraming) -> BodyResult {
    var result = BodyResult()
    var decoder = BodyDecoder(framing: framing)
    repeat {
        decoding: while true {
            switch decoder.next(&pieces.buffer) {
            case .data(var data): result.data.writeBuffer(&data)
            case .needMore: break decoding
            case .end:
                result.isComplete = true
                return result
            case .fault(let fault):
                result.fault = fault
                return result
            }
        }
    } while pieces.more()
    return result
}

private func describe(_ fields: [HeaderField], _ arena: ByteBuffer, _ start: String) -> String {
    var text = start
    for field in fields {
        // Traps where a slice does not lie inside the arena.
        let bytes = arena.readableBytesSpan
        let name = bytes.extracting(field.name.range)
        let value = bytes.extracting(field.value.range)
        check(name.byteCount > 0, "a field without a name")
        text += " \(field.name.start)+\(name.byteCount)=\(field.value.start)+\(value.byteCount) \(field.known)"
        text += field.isAlias ? "~" : ""
        text += field.isHopByHop ? "!" : ""
    }
    return text
}
