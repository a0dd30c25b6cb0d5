import JSON

/// The JSON object that an endpoint is sent. Unknown members are read over.
struct EndpointBody {
    /// Why a body is rejected, for the client's developer. Quotes nothing of the body.
    struct Fault: Error {
        let message: String
    }

    /// Contract, section 4.
    static let maximumSize = 64 * 1024
    private static let reader = JSONReader(maximumDepth: 16, maximumSize: maximumSize)

    private let root: JSONNode

    /// - Parameter example: what to send, where there is nothing.
    init(_ bytes: [UInt8], example: String) throws(Fault) {
        guard !bytes.isEmpty else { throw Fault(message: "the body is empty; send \(example) as JSON") }
        guard bytes.count <= Self.maximumSize else {
            throw Fault(message: "the body is larger than \(Self.maximumSize) bytes")
        }
        do throws(JSONSyntaxError) {
            root = try Self.reader.read(bytes)
        } catch {
            throw Fault(message: "the body is not JSON: byte \(error.offset)")
        }
        guard root.members != nil else { throw Fault(message: "the body must be a JSON object") }
    }

    func has(_ name: String) -> Bool { root[name] != nil }

    /// An optional string.
    func text(_ name: String) throws(Fault) -> String? {
        guard let node = root[name] else { return nil }
        guard let text = node.string else { throw Fault(message: "\"\(name)\" must be a string, or left out") }
        return text
    }

    /// A string that has to be there, and not be empty.
    func text(_ name: String, from source: String) throws(Fault) -> String {
        guard let node = root[name] else { throw Fault(message: "\"\(name)\" is missing; \(source)") }
        guard let text = node.string else { throw Fault(message: "\"\(name)\" must be a string") }
        guard !text.isEmpty else { throw Fault(message: "\"\(name)\" is empty; \(source)") }
        return text
    }

    /// An optional integer.
    func integer(_ name: String, _ range: ClosedRange<Int64>) throws(Fault) -> Int64? {
        guard let node = root[name] else { return nil }
        guard let number = node.integer, range.contains(number) else {
            throw Fault(message: "\"\(name)\" must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Both or neither of two strings that go together.
    func pair(_ first: String, _ second: String) throws(Fault) -> (String, String)? {
        switch (try text(first), try text(second)) {
        case (nil, nil): return nil
        case (let one?, let other?): return (one, other)
        case (nil, _): throw Fault(message: "\"\(first)\" is missing; it goes with \"\(second)\"")
        case (_, nil): throw Fault(message: "\"\(second)\" is missing; it goes with \"\(first)\"")
        }
    }
}
