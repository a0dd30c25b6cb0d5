/// The paths that a route matches: `/a/b`, `/a/*/c`, `/a/{id}`, `/a/**`.
///
/// A path is split at its slashes: `/a/b` has the segments `a` and `b`, `/a/` has `a` and an empty one. A literal
/// matches the equal segment, a parameter any one segment that is not empty, and the rest at the end any number of
/// segments.
package struct RoutePattern: Sendable, Hashable {
    /// One segment.
    package enum Segment: Sendable, Hashable {
        /// These bytes, in normal form.
        case literal([UInt8])
        /// Any bytes, at least one.
        case parameter
    }

    /// As written in the file.
    package let text: String
    /// The segments without the rest.
    package let segments: [Segment]
    /// Whether it ends in `/**`.
    package let hasRest: Bool
    /// For each parameter with a name, the index of its segment.
    package let names: [String: Int]

    static let unset = RoutePattern(text: "", segments: [], hasRest: false, names: [:])

    init(text: String, segments: [Segment], hasRest: Bool, names: [String: Int]) {
        self.text = text
        self.segments = segments
        self.hasRest = hasRest
        self.names = names
    }

    /// The number of segments that are literals.
    package var literalCount: Int { segments.count { $0 != .parameter } }

    /// Whether it takes exactly one path.
    package var isExact: Bool { !hasRest && literalCount == segments.count }

    /// Whether there is an empty segment that is not the last.
    package var hasEmptyInside: Bool {
        let inner = hasRest ? segments[...] : segments.dropLast()
        return inner.contains(.literal([]))
    }

    /// A byte of a literal that clients may also percent-encode. The encoding is preserved, since both spellings of a
    /// reserved byte are different paths (RFC 3986, section 2.2).
    var byteWithTwoSpellings: Unicode.Scalar? {
        for case .literal(let bytes) in segments {
            if let byte = bytes.first(where: { !$0.isUnreserved && $0 != UInt8(ascii: "%") }) {
                // Not an escape's digit: those are unreserved.
                return Unicode.Scalar(byte)
            }
        }
        return nil
    }

    /// Whether some path is taken by both.
    package func overlaps(_ other: RoutePattern) -> Bool {
        if segments.count > other.segments.count { return other.overlaps(self) }
        guard segments.count == other.segments.count || hasRest else { return false }
        return zip(segments, other.segments).allSatisfy { RoutePattern.meet($0, $1) }
    }

    /// Whether every path it takes is one of `prefix` followed by nothing or by further segments.
    package func liesUnder(_ prefix: RoutePattern) -> Bool {
        segments.count >= prefix.segments.count && zip(segments, prefix.segments).allSatisfy { $0 == $1 }
    }

    private static func meet(_ one: Segment, _ other: Segment) -> Bool {
        switch (one, other) {
        case (.literal(let bytes), .literal(let others)): bytes == others
        case (.literal(let bytes), .parameter), (.parameter, .literal(let bytes)): !bytes.isEmpty
        case (.parameter, .parameter): true
        }
    }
}
