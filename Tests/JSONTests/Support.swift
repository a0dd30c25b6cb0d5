import JSON

/// The validator's verdict on a text that comes in pieces.
func validates(_ bytes: [UInt8], splitAt splits: [Int] = [], maximumDepth: Int = 128) -> Bool {
    var validator = JSONValidator(maximumDepth: maximumDepth)
    var start = 0
    for split in splits + [bytes.count] {
        if !validator.consume(bytes.span.extracting(start..<split)) { return false }
        start = split
    }
    return validator.finish()
}

/// Whether the reader accepts it; names may repeat, since the validator can't see that, and a surrogate may stand alone.
func reads(_ bytes: [UInt8], maximumDepth: Int = 128) -> Bool {
    let reader = JSONReader(
        duplicates: .keepLast,
        unpairedSurrogates: .replace,
        maximumDepth: maximumDepth,
        maximumSize: .max
    )
    return (try? reader.read(bytes)) != nil
}

/// The splits to try: each single one of a small text, and byte by byte.
func splits(of count: Int) -> [[Int]] {
    guard count <= 300 else { return [[], [count / 2]] }
    return (0...count).map { [$0] } + [Array(0...count)]
}
