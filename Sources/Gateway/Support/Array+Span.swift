extension Array<UInt8> {
    /// The bytes of a span, for what has to outlive it.
    init(copying span: Span<UInt8>) {
        self = span.withUnsafeBufferPointer { Array($0) }
    }
}
