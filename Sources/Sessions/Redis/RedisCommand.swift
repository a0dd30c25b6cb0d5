import NIOCore

/// A command's words, each any bytes: what is in them cannot become another command.
struct RedisCommand: Sendable {
    private(set) var words: [[UInt8]]

    init(_ words: String...) {
        self.words = words.map { Array($0.utf8) }
    }

    mutating func append(_ word: [UInt8]) { words.append(word) }
    mutating func append(_ word: String) { words.append(Array(word.utf8)) }
    mutating func append(_ word: Int64) { append(String(word)) }
    mutating func append(_ word: Bool) { append(word ? "1" : "0") }

    /// "+" and the text, or "-": what scripts take for a value and for none.
    mutating func append(optional word: [UInt8]?) {
        words.append(word.map { [UInt8(ascii: "+")] + $0 } ?? [UInt8(ascii: "-")])
    }

    mutating func append(optional word: String?) { append(optional: word.map { Array($0.utf8) }) }

    mutating func append(contentsOf command: RedisCommand) { words += command.words }

    /// As an array of bulk strings.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(words.count)\r\n")
        for word in words {
            buffer.writeString("$\(word.count)\r\n")
            buffer.writeBytes(word)
            buffer.writeString("\r\n")
        }
    }
}
