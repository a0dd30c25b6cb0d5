import NIOCore

/// A command's words, each any bytes: what is in them cannot become another command.
struct RedisCommand: Sendable {
    private(set) var arguments: [[UInt8]]

    init(_ arguments: String...) {
        self.arguments = arguments.map { Array($0.utf8) }
    }

    mutating func append(_ argument: [UInt8]) { arguments.append(argument) }
    mutating func append(_ argument: String) { arguments.append(Array(argument.utf8)) }
    mutating func append(_ argument: Int64) { append(String(argument)) }
    mutating func append(_ argument: Bool) { append(argument ? "1" : "0") }

    /// "+" and the text, or "-": what scripts take for a value and for none.
    mutating func append(optional argument: [UInt8]?) {
        arguments.append(argument.map { [UInt8(ascii: "+")] + $0 } ?? [UInt8(ascii: "-")])
    }

    mutating func append(optional argument: String?) { append(optional: argument.map { Array($0.utf8) }) }

    mutating func append(contentsOf command: RedisCommand) { arguments += command.arguments }

    /// As an array of bulk strings.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(arguments.count)\r\n")
        for argument in arguments {
            buffer.writeString("$\(argument.count)\r\n")
            buffer.writeBytes(argument)
            buffer.writeString("\r\n")
        }
    }
}
